from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0012_totals_index")]

    operations = [
        migrations.AddIndex(
            model_name="facetemplate",
            index=models.Index(fields=["client", "quality"], name="template_by_quality"),
        ),
    ]
