from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0016_event_of_all_by_time")]

    operations = [
        migrations.AddIndex(
            model_name="securityevent",
            index=models.Index(fields=["kind", "last_at"], name="event_of_all_by_kind_and_time"),
        ),
    ]
