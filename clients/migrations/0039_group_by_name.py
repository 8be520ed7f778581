from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0038_subject_by_activity")]

    operations = [
        migrations.AddIndex(
            model_name="subjectgroup",
            index=models.Index(fields=["name"], name="group_by_name"),
        ),
    ]
