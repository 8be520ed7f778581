from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0007_delivery_of_by_attempts")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["client", "created_at"], name="delivery_by_creation"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["client", "state", "created_at"], name="delivery_by_state"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["client", "event_type", "created_at"], name="delivery_by_type"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["endpoint", "created_at"], name="delivery_by_endpoint"),
        ),
        # By its key, in whose place the first one above comes.
        migrations.RemoveIndex(model_name="delivery", name="delivery_newest"),
    ]
