from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="importitem", name="consent", field=models.JSONField(default=dict)
        ),
    ]
