from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0012_token_family")]

    operations = [
        migrations.AddField(
            model_name="subject",
            name="display_name",
            field=models.CharField(blank=True, default="", max_length=150),
        ),
    ]
