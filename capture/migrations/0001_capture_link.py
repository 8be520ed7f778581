import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("clients", "0045_subject_by_client_activity")]

    operations = [
        migrations.CreateModel(
            name="CaptureLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key_id", models.CharField(max_length=40)),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("session_id", models.UUIDField(editable=False)),
                ("is_handover", models.BooleanField(default=False)),
                ("session_token", models.BinaryField()),
                ("options", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("session_expires_at", models.DateTimeField()),
                ("redeemed_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clients.client",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clients.subject",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["session_id"], name="capture_link_session"),
                    models.Index(fields=["session_expires_at"], name="capture_link_expiry"),
                ],
            },
        ),
    ]
