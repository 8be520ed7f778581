from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0010_credential_expires_at")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="own_policy",
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
    ]
