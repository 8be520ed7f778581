from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0010_event_of_all_by_address")]

    operations = [
        migrations.AlterModelOptions(
            name="auditentry",
            options={"verbose_name_plural": "audit log"},
        ),
    ]
