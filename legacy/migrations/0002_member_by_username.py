from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("legacy", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="gallerymember",
            index=models.Index(fields=["username"], name="member_by_username"),
        ),
    ]
