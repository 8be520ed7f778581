from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_entry_of_all_by_action")]

    operations = [
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["actor_type"], name="entry_of_all_by_type"),
        ),
    ]
