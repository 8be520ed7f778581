from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0018_enrollment_by_duplicate")]

    operations = [
        migrations.AddIndex(
            model_name="facetemplate",
            index=models.Index(fields=["model_name"], name="template_by_model"),
        ),
    ]
