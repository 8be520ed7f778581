from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0009_session_is_attempt")]

    operations = [
        migrations.AddField(
            model_name="authenticationsession",
            name="attempt_address",
            field=models.CharField(default="", max_length=64),
        ),
    ]
