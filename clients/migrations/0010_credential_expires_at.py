from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0009_credential_scopes")]

    operations = [
        migrations.AddField(
            model_name="credential",
            name="expires_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
