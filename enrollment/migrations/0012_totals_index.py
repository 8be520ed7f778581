from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0011_index_enrollments_by_expiry")]

    operations = [
        migrations.AddIndex(
            model_name="enrollmentsession",
            index=models.Index(
                fields=["client", "finished_at", "reason"], name="enrollment_totals"
            ),
        ),
    ]
