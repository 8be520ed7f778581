from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0014_subject_metadata")]

    operations = [
        migrations.AddField(
            model_name="subject",
            name="consent_given_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
