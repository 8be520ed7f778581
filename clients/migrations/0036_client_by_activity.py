from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0035_credential_scopes_are_edited")]

    operations = [
        migrations.AddIndex(
            model_name="client",
            index=models.Index(fields=["is_active"], name="client_by_activity"),
        ),
    ]
