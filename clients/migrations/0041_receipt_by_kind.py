from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0040_attempts_by_address")]

    operations = [
        migrations.AddIndex(
            model_name="erasurereceipt",
            index=models.Index(fields=["erased"], name="receipt_by_kind"),
        ),
    ]
