from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0018_subject_expires_at")]

    operations = [
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(fields=["client", "created_at"], name="subject_by_creation"),
        ),
    ]
