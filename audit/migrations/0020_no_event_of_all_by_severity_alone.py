from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0019_no_event_of_all_by_kind_alone")]

    operations = [
        migrations.RemoveIndex(model_name="securityevent", name="event_of_all_by_severity")
    ]
