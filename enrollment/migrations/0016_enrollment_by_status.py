from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0015_index_templates_by_frames")]

    operations = [
        migrations.AddIndex(
            model_name="enrollmentsession",
            index=models.Index(fields=["status"], name="enrollment_by_status"),
        ),
    ]
