from django.db import migrations, models

import clients.models.client


class Migration(migrations.Migration):
    dependencies = [("clients", "0024_erasure_receipt")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="limits",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Overrides of the tier's limits, as JSON.",
                validators=[clients.models.client.validate_limits],
            ),
        ),
    ]
