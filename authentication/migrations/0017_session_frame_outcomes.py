from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0016_authentication_by_type")]

    operations = [
        migrations.AddField(
            model_name="authenticationsession",
            name="frame_outcomes",
            field=models.TextField(blank=True, default="", editable=False),
        ),
    ]
