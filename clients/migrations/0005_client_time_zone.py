from django.db import migrations, models

import clients.models.client


class Migration(migrations.Migration):
    dependencies = [("clients", "0004_client_contact_email")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="time_zone",
            field=models.CharField(
                default="UTC", max_length=64, validators=[clients.models.client.validate_time_zone]
            ),
        ),
    ]
