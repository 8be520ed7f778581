from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0013_totals_index")]

    operations = [
        migrations.AddIndex(
            model_name="authenticationsession",
            index=models.Index(fields=["status"], name="authentication_by_status"),
        ),
    ]
