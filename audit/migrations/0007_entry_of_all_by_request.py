from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_entry_of_all_by_object")]

    operations = [
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["request_id"], name="entry_of_all_by_request"),
        ),
    ]
