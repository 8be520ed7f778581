from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0022_session_liveness_state")]

    operations = [
        migrations.AddField(
            model_name="enrollmentsample",
            name="patch",
            field=models.BinaryField(null=True),
        ),
    ]
