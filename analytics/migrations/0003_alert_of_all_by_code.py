from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analytics", "0002_alert_of_all_open")]

    operations = [
        migrations.AddIndex(
            model_name="alertrecord",
            index=models.Index(fields=["alert"], name="alert_of_all_by_code"),
        ),
    ]
