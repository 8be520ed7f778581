from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0014_authentication_by_status")]

    operations = [
        migrations.AddIndex(
            model_name="authenticationsession",
            index=models.Index(fields=["reason"], name="authentication_by_reason"),
        ),
    ]
