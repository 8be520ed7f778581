from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0006_session_frames_accepted")]

    operations = [
        migrations.AddField(
            model_name="enrollmentsession",
            name="source",
            field=models.CharField(default="api", max_length=20),
        ),
    ]
