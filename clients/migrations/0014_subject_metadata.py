from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0013_subject_display_name")]

    operations = [
        migrations.AddField(
            model_name="subject",
            name="metadata",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
