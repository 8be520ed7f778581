from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0016_enrollment_by_status")]

    operations = [
        migrations.AddIndex(
            model_name="enrollmentsession",
            index=models.Index(fields=["reason"], name="enrollment_by_reason"),
        ),
    ]
