from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_entry_of_all_by_actor")]

    operations = [
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["user_id"], name="entry_of_all_by_user"),
        ),
    ]
