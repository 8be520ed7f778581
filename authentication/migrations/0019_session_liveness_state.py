from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0018_name_users")]

    operations = [
        migrations.AddField(
            model_name="authenticationsession",
            name="liveness_state",
            field=models.JSONField(default=None, null=True),
        ),
    ]
