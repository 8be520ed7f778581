from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0015_security_event_delays")]

    operations = [
        migrations.AddIndex(
            model_name="securityevent",
            index=models.Index(fields=["last_at"], name="event_of_all_by_time"),
        ),
    ]
