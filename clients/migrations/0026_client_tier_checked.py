from django.db import migrations, models

import clients.models.client


class Migration(migrations.Migration):
    dependencies = [("clients", "0025_client_limits")]

    operations = [
        migrations.AlterField(
            model_name="client",
            name="tier",
            field=models.CharField(
                default="standard", max_length=20, validators=[clients.models.client.validate_tier]
            ),
        ),
    ]
