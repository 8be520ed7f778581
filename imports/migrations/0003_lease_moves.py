"""The table of the lease stays; its model is now that of `faceplatform.leases`."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0002_item_consent"),
        ("leases", "0001_initial"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name="RunnerLease")],
        ),
    ]
