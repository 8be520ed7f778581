from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0005_session_frames_accepted")]

    operations = [
        migrations.AddField(
            model_name="authenticationsession",
            name="source",
            field=models.CharField(default="api", max_length=20),
        ),
    ]
