from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0009_event_of_all_by_severity")]

    operations = [
        migrations.AddIndex(
            model_name="securityevent",
            index=models.Index(fields=["address"], name="event_of_all_by_address"),
        ),
    ]
