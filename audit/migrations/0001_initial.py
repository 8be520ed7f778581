import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("clients", "0035_credential_scopes_are_edited"),
    ]

    operations = [
        migrations.CreateModel(
            name="RaisedAlert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64, unique=True)),
                ("hour", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="AuditChain",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, unique=True)),
                ("sequence", models.PositiveBigIntegerField(default=0)),
                ("hash", models.CharField(max_length=64)),
                ("mac", models.CharField(max_length=64)),
                ("key_id", models.CharField(max_length=40)),
                ("logged_on", models.DateField(null=True)),
                (
                    "client",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clients.client",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sequence", models.PositiveBigIntegerField()),
                ("hash", models.CharField(max_length=64)),
                ("mac", models.CharField(max_length=64)),
                ("key_id", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                (
                    "chain",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checkpoint",
                        to="audit.auditchain",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("at", models.DateTimeField()),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("staff.signed_in", "Staff Signed In"),
                            ("staff.signed_out", "Staff Signed Out"),
                            ("staff.factor_enrolled", "Staff Factor Enrolled"),
                            ("staff.factor_removed", "Staff Factor Removed"),
                            ("staff.factor_refused", "Staff Factor Refused"),
                            ("admin.added", "Admin Added"),
                            ("admin.changed", "Admin Changed"),
                            ("admin.deleted", "Admin Deleted"),
                            ("admin.viewed", "Admin Viewed"),
                            ("admin.listed", "Admin Listed"),
                            ("credential.issued", "Credential Issued"),
                            ("credential.rotated", "Credential Rotated"),
                            ("credential.expiry_set", "Credential Expiry Set"),
                            ("credential.scopes_set", "Credential Scopes Set"),
                            ("credential.renamed", "Credential Renamed"),
                            ("credential.revoked", "Credential Revoked"),
                            ("client.changed", "Client Changed"),
                            ("user.created", "User Created"),
                            ("user.updated", "User Updated"),
                            ("user.activated", "User Activated"),
                            ("user.deactivated", "User Deactivated"),
                            ("user.locked", "User Locked"),
                            ("user.unlocked", "User Unlocked"),
                            ("user.erased", "User Erased"),
                            ("address.unlocked", "Address Unlocked"),
                            ("group.created", "Group Created"),
                            ("group.deleted", "Group Deleted"),
                            ("group.member_added", "Group Member Added"),
                            ("group.member_removed", "Group Member Removed"),
                            ("template.removed", "Template Removed"),
                            ("enrollment.ended", "Enrollment Ended"),
                            ("authentication.ended", "Authentication Ended"),
                            ("authentication.exchanged", "Result Exchanged"),
                            ("import.started", "Import Started"),
                            ("import.ended", "Import Ended"),
                            ("import.cancelled", "Import Cancelled"),
                            ("webhook.created", "Webhook Created"),
                            ("webhook.changed", "Webhook Changed"),
                            ("webhook.secret_regenerated", "Webhook Secret Regenerated"),
                            ("webhook.paused", "Webhook Paused"),
                            ("webhook.resumed", "Webhook Resumed"),
                            ("webhook.disabled", "Webhook Disabled"),
                            ("webhook.deleted", "Webhook Deleted"),
                            ("webhook.retried", "Webhook Retried"),
                            ("webhook.failed_retried", "Webhook Failed Retried"),
                            ("webhook.replayed", "Webhook Replayed"),
                            ("webhook.cleared", "Webhook Cleared"),
                            ("security.alert", "Security Alert"),
                            ("security.alert_resolved", "Security Alert Resolved"),
                            ("audit.pruned", "Audit Pruned"),
                            ("audit.chain_begun", "Audit Chain Begun"),
                            ("audit.chain_ended", "Audit Chain Ended"),
                            ("audit.heads_noted", "Audit Heads Noted"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "actor_type",
                    models.CharField(
                        choices=[
                            ("credential", "Credential"),
                            ("session", "Session"),
                            ("staff", "Staff"),
                            ("system", "System"),
                            ("anonymous", "Anonymous"),
                        ],
                        max_length=12,
                    ),
                ),
                ("actor_id", models.CharField(blank=True, default="", max_length=150)),
                ("object_type", models.CharField(blank=True, default="", max_length=40)),
                ("object_id", models.CharField(blank=True, default="", max_length=64)),
                ("facts", models.TextField(default="{}")),
                ("request_id", models.CharField(blank=True, default="", max_length=64)),
                ("user_id", models.CharField(blank=True, default="", max_length=150)),
                ("address", models.CharField(blank=True, default="", max_length=64)),
                ("changes", models.TextField(default="{}")),
                ("salt", models.CharField(blank=True, default="", max_length=64)),
                ("erasure_mac", models.CharField(blank=True, default="", max_length=64)),
                ("commitment", models.CharField(max_length=64)),
                ("mac", models.CharField(max_length=64)),
                ("key_id", models.CharField(max_length=40)),
                ("sequence", models.PositiveBigIntegerField(null=True)),
                ("hash", models.CharField(blank=True, default="", max_length=64)),
                ("seal", models.CharField(blank=True, default="", max_length=110)),
                (
                    "client",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clients.client",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="clients.subject",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "indexes": [
                    models.Index(fields=["sequence", "client"], name="entry_unsealed"),
                    models.Index(fields=["client", "at"], name="entry_by_time"),
                    models.Index(fields=["client", "action", "at"], name="entry_by_action"),
                    models.Index(fields=["client", "user_id", "at"], name="entry_by_user"),
                    models.Index(fields=["client", "object_id", "at"], name="entry_by_object"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "sequence"), name="entry_once_in_chain"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SecurityEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("login_failed", "login_failed"),
                            ("staff_login_failed", "staff_login_failed"),
                            ("token_refused", "token_refused"),
                            ("unknown_id", "unknown_id"),
                            ("frame_repeated", "frame_repeated"),
                            ("spoof_suspected", "spoof_suspected"),
                            ("user_locked", "user_locked"),
                            ("address_locked", "address_locked"),
                            ("refresh_token_reused", "refresh_token_reused"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[("low", "Low"), ("medium", "Medium"), ("high", "High")],
                        max_length=6,
                    ),
                ),
                ("address", models.CharField(blank=True, default="", max_length=64)),
                ("hour", models.DateTimeField()),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("count", models.PositiveIntegerField()),
                ("key", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "client",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clients.client",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="clients.subject",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["client", "last_at"], name="event_by_time"),
                    models.Index(fields=["client", "kind", "hour"], name="event_by_kind"),
                    models.Index(fields=["hour"], name="event_hour"),
                ],
            },
        ),
    ]
