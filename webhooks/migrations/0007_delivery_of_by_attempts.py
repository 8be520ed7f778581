from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0006_remove_delivery_of"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["state", "endpoint", "attempts_made", "next_attempt_at"],
                name="delivery_of",
            ),
        ),
    ]
