from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0035_credential_scopes_are_edited"),
        ("webhooks", "0012_endpoint_state_deleted"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["message_id"], name="delivery_by_message"),
        ),
    ]
