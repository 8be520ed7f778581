from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_event_of_all_by_kind")]

    operations = [
        migrations.AddIndex(
            model_name="securityevent",
            index=models.Index(fields=["severity"], name="event_of_all_by_severity"),
        ),
    ]
