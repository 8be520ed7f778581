from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0002_item_consent")]

    operations = [
        migrations.AddField(
            model_name="importitem", name="line", field=models.PositiveIntegerField(null=True)
        ),
    ]
