from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0008_session_stage_milliseconds")]

    operations = [
        migrations.AddField(
            model_name="enrollmentsession",
            name="template_expires_at",
            field=models.DateTimeField(
                help_text="The enrollment is removed, with its template, at this time.", null=True
            ),
        ),
    ]
