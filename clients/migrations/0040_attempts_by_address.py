from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0039_group_by_name")]

    operations = [
        migrations.AddIndex(
            model_name="addressattempts",
            index=models.Index(fields=["address"], name="attempts_by_address"),
        ),
    ]
