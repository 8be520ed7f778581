from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0006_client_allowed_origins")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="tier",
            field=models.CharField(default="standard", max_length=20),
        ),
    ]
