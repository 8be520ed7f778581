from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0033_credential_planned_expires_at")]

    operations = [
        migrations.AddIndex(
            model_name="addressattempts",
            index=models.Index(fields=["client", "-id"], name="attempts_newest"),
        ),
    ]
