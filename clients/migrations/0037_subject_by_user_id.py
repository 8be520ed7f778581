from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0036_client_by_activity")]

    operations = [
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(fields=["user_id"], name="subject_by_user_id"),
        ),
    ]
