from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0015_authentication_by_reason")]

    operations = [
        migrations.AddIndex(
            model_name="authenticationsession",
            index=models.Index(fields=["is_verification"], name="authentication_by_type"),
        ),
    ]
