from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0043_usage_day_throttled"),
    ]

    operations = [
        migrations.AddField(
            model_name="usageday",
            name="unavailable",
            field=models.PositiveBigIntegerField(default=0),
        ),
    ]
