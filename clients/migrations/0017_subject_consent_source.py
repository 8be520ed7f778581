from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0016_subject_consent_text_version")]

    operations = [
        migrations.AddField(
            model_name="subject",
            name="consent_source",
            field=models.CharField(blank=True, default="", max_length=100),
        ),
    ]
