from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps: Any, schema_editor: Any) -> None:
    """Copy client and endpoint from each attempt's delivery."""
    attempts = apps.get_model("webhooks", "Attempt").objects
    delivery = apps.get_model("webhooks", "Delivery").objects.filter(pk=OuterRef("delivery"))
    attempts.update(
        client=Subquery(delivery.values("client")), endpoint=Subquery(delivery.values("endpoint"))
    )


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0010_attempt_client_attempt_endpoint")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="attempt",
            name="client",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="clients.client",
            ),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="endpoint",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="webhooks.endpoint",
            ),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(fields=["client", "at"], name="attempt_by_time"),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(fields=["endpoint", "at"], name="attempt_by_endpoint"),
        ),
    ]
