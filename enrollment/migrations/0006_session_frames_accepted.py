from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0005_session_credential")]

    operations = [
        migrations.AddField(
            model_name="enrollmentsession",
            name="frames_accepted",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
