from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="alertrecord",
            index=models.Index(fields=["is_resolved"], name="alert_of_all_open"),
        ),
    ]
