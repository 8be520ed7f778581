from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0004_session_credential")]

    operations = [
        migrations.AddField(
            model_name="authenticationsession",
            name="frames_accepted",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
