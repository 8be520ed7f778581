from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0014_index_templates_by_age")]

    operations = [
        migrations.AddIndex(
            model_name="facetemplate",
            index=models.Index(
                fields=["client", "sample_count", "quality"], name="template_by_frames"
            ),
        ),
    ]
