from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0008_session_stage_milliseconds")]

    operations = [
        migrations.AddIndex(
            model_name="enrollmentsession",
            index=models.Index(
                fields=["client", "finished_at", "reason"], name="enrollment_totals"
            ),
        ),
    ]
