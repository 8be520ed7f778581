from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0004_item_line")]

    operations = [
        migrations.AddField(
            model_name="importitem", name="files", field=models.JSONField(default=list)
        ),
    ]
