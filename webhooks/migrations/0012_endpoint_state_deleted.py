from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0011_attempt_lists")]

    operations = [
        migrations.AlterField(
            model_name="endpoint",
            name="state",
            field=models.CharField(
                choices=[
                    ("active", "Active"),
                    ("paused", "Paused"),
                    ("disabled", "Disabled"),
                    ("deleted", "Deleted"),
                ],
                default="active",
                max_length=10,
            ),
        ),
    ]
