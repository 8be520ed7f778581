from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0017_subject_consent_source")]

    operations = [
        migrations.AddField(
            model_name="subject",
            name="expires_at",
            field=models.DateTimeField(
                blank=True, help_text="The user is erased at this time.", null=True
            ),
        ),
    ]
