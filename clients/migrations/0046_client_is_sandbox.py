from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0045_subject_by_client_activity")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="is_sandbox",
            field=models.BooleanField(
                default=False,
                help_text="Outcomes are scripted, and nothing is biometric. It cannot be changed "
                "later.",
                verbose_name="sandbox",
            ),
        ),
    ]
