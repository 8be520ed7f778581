from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0007_session_stage_milliseconds")]

    operations = [
        migrations.AddField(
            model_name="authenticationsession",
            name="is_attempt",
            field=models.BooleanField(default=False),
        ),
    ]
