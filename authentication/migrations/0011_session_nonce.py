from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0010_session_attempt_address")]

    operations = [
        migrations.AddField(
            model_name="authenticationsession",
            name="nonce",
            field=models.CharField(blank=True, default="", max_length=128),
        ),
    ]
