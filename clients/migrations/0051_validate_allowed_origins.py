from django.db import migrations, models

import clients.origins


class Migration(migrations.Migration):
    dependencies = [("clients", "0050_allowedorigin")]

    operations = [
        migrations.AlterField(
            model_name="client",
            name="allowed_origins",
            field=models.JSONField(
                blank=True, default=list, validators=[clients.origins.validate_origins]
            ),
        ),
    ]
