from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0018_event_of_all_by_severity_time")]

    operations = [migrations.RemoveIndex(model_name="securityevent", name="event_of_all_by_kind")]
