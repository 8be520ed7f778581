"""Further values of the column `action`, which is text: no database changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_auditentry_seal"),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="action",
            field=models.CharField(
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
    ]
