from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("legacy", "0002_member_by_username")]

    operations = [
        migrations.AddIndex(
            model_name="legacyaccount",
            index=models.Index(fields=["username"], name="account_by_username"),
        ),
    ]
