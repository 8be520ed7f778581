from django.db import migrations, models

import clients.models.credential


class Migration(migrations.Migration):
    """Of the models' state alone: forms may edit the column."""

    dependencies = [("clients", "0034_index_address_attempts_by_client")]

    operations = [
        migrations.AlterField(
            model_name="credential",
            name="scopes",
            field=models.JSONField(default=clients.models.credential.all_scopes),
        ),
    ]
