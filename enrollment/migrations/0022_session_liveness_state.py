from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0021_name_users")]

    operations = [
        migrations.AddField(
            model_name="enrollmentsession",
            name="liveness_state",
            field=models.JSONField(default=None, null=True),
        ),
    ]
