from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0007_client_tier")]

    operations = [
        migrations.AddField(
            model_name="credential",
            name="name",
            field=models.CharField(blank=True, default="", max_length=100),
        ),
    ]
