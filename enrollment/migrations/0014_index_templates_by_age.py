from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0013_index_templates_by_quality")]

    operations = [
        migrations.AddIndex(
            model_name="facetemplate",
            index=models.Index(fields=["client", "created_at"], name="template_by_age"),
        ),
    ]
