from django.db import migrations, models

import clients.models.credential


class Migration(migrations.Migration):
    dependencies = [("clients", "0008_credential_name")]

    operations = [
        # The default fills the existing rows: their keys keep all rights.
        migrations.AddField(
            model_name="credential",
            name="scopes",
            field=models.JSONField(default=clients.models.credential.all_scopes, editable=False),
        ),
    ]
