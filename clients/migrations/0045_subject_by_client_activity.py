from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0044_usage_day_unavailable")]

    operations = [
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(
                fields=["client", "is_active", "created_at"], name="subject_by_client_activity"
            ),
        ),
    ]
