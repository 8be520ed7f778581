from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0032_credential_replaced_at")]

    operations = [
        migrations.AddField(
            model_name="credential",
            name="planned_expires_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
