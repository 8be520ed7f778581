from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0042_receipt_by_trigger"),
    ]

    operations = [
        migrations.AddField(
            model_name="usageday",
            name="throttled",
            field=models.PositiveBigIntegerField(default=0),
        ),
    ]
