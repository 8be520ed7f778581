from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0011_session_nonce")]

    operations = [
        migrations.AddField(
            model_name="authenticationsession",
            name="exchanged_at",
            field=models.DateTimeField(null=True),
        ),
    ]
