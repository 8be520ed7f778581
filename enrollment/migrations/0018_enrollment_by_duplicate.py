from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0017_enrollment_by_reason")]

    operations = [
        migrations.AddIndex(
            model_name="enrollmentsession",
            index=models.Index(fields=["duplicate_suspected"], name="enrollment_by_duplicate"),
        ),
    ]
