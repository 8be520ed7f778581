from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0012_session_exchanged_at")]

    operations = [
        migrations.AddIndex(
            model_name="authenticationsession",
            index=models.Index(
                fields=["client", "finished_at", "reason"], name="authentication_totals"
            ),
        ),
    ]
