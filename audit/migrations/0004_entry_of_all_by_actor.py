from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_entry_of_all_by_type")]

    operations = [
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["actor_id"], name="entry_of_all_by_actor"),
        ),
    ]
