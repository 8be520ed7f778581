from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0019_session_liveness_state")]

    operations = [
        migrations.AddField(
            model_name="probesample",
            name="patch",
            field=models.BinaryField(null=True),
        ),
    ]
