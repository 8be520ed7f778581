from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_entry_of_all_by_user")]

    operations = [
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["object_id"], name="entry_of_all_by_object"),
        ),
    ]
