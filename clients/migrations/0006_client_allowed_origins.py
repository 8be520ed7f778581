from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0005_client_time_zone")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="allowed_origins",
            field=models.JSONField(blank=True, default=list),
        ),
    ]
