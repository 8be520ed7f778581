from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0005_item_files")]

    operations = [
        migrations.AddField(
            model_name="importitem", name="image_reasons", field=models.JSONField(default=list)
        ),
    ]
