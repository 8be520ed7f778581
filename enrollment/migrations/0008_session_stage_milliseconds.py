from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0007_session_source")]

    operations = [
        migrations.AddField(
            model_name="enrollmentsession",
            name="stage_milliseconds",
            field=models.JSONField(default=dict),
        ),
    ]
