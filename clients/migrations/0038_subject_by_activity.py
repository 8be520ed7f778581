from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0037_subject_by_user_id")]

    operations = [
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(fields=["is_active"], name="subject_by_activity"),
        ),
    ]
