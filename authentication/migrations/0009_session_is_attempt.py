from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0008_keep_sessions_of_deleted_groups")]

    operations = [
        migrations.AddField(
            model_name="authenticationsession",
            name="is_attempt",
            field=models.BooleanField(default=False),
        ),
    ]
