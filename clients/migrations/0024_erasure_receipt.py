import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0023_group_public_id_is_unique")]

    operations = [
        migrations.CreateModel(
            name="ErasureReceipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "erased",
                    models.CharField(
                        choices=[("user", "User"), ("enrollment", "Enrollment")], max_length=12
                    ),
                ),
                (
                    "trigger",
                    models.CharField(
                        choices=[
                            ("request", "Request"),
                            ("retention", "Retention"),
                            ("admin", "Admin"),
                            ("reset", "Reset"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "counts",
                    models.JSONField(default=dict, help_text="Number of erased rows of each kind."),
                ),
                ("erased_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="erasure_receipts",
                        to="clients.client",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["client", "erased_at"], name="receipt_by_time")],
            },
        ),
    ]
