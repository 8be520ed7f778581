from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0041_receipt_by_kind")]

    operations = [
        migrations.AddIndex(
            model_name="erasurereceipt",
            index=models.Index(fields=["trigger"], name="receipt_by_trigger"),
        ),
    ]
