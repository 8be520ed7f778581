from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0004_index_failing_endpoints")]

    operations = [
        migrations.AddIndex(
            model_name="endpoint",
            index=models.Index(fields=["state"], name="endpoint_by_state"),
        ),
    ]
