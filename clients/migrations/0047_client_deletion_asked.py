from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0046_client_is_sandbox")]

    operations = [
        migrations.AddField(
            "client",
            "deletion_asked_at",
            models.DateTimeField(db_index=True, editable=False, null=True),
        ),
    ]
