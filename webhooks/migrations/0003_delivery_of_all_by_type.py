from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0002_delivery_of_all_by_state")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["event_type"], name="delivery_of_all_by_type"),
        ),
    ]
