from django.db import migrations, models


class Migration(migrations.Migration):
    """A picture's SHA-256 tells whoever has the picture that it was used; its fingerprint, which is
    sealed, finds repeats as well."""

    dependencies = [("enrollment", "0003_seal_fingerprints")]

    operations = [
        # For the way back: rows that are there then need a value.
        migrations.AlterField(
            model_name="enrollmentsample",
            name="digest",
            field=models.CharField(default="", max_length=64),
        ),
        migrations.RemoveField(model_name="enrollmentsample", name="digest"),
    ]
