from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analytics", "0002_drift_check")]

    operations = [
        migrations.AddIndex(
            model_name="daysummary",
            index=models.Index(fields=["day"], name="summary_day"),
        ),
    ]
