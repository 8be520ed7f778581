from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0003_lease_moves")]

    operations = [
        migrations.AddField(
            model_name="importitem", name="line", field=models.PositiveIntegerField(null=True)
        ),
    ]
