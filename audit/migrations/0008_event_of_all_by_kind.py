from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_entry_of_all_by_request")]

    operations = [
        migrations.AddIndex(
            model_name="securityevent",
            index=models.Index(fields=["kind"], name="event_of_all_by_kind"),
        ),
    ]
