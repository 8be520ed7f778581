from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0003_delivery_of_all_by_type")]

    operations = [
        migrations.AddIndex(
            model_name="endpoint",
            index=models.Index(fields=["failing_since"], name="endpoint_failing"),
        ),
    ]
