from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0015_subject_consent_given_at")]

    operations = [
        migrations.AddField(
            model_name="subject",
            name="consent_text_version",
            field=models.CharField(blank=True, default="", max_length=100),
        ),
    ]
