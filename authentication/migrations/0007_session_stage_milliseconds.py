from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0006_session_source")]

    operations = [
        migrations.AddField(
            model_name="authenticationsession",
            name="stage_milliseconds",
            field=models.JSONField(default=dict),
        ),
    ]
