from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0019_index_subjects_by_creation")]

    operations = [
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(fields=["expires_at"], name="subject_expiry"),
        ),
    ]
