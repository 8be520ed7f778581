from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
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
                    ("credential.revoked", "Credential Revoked"),
                    ("client.changed", "Client Changed"),
                    ("user.created", "User Created"),
                    ("user.updated", "User Updated"),
                    ("user.activated", "User Activated"),
                    ("user.deactivated", "User Deactivated"),
                    ("user.locked", "User Locked"),
                    ("user.unlocked", "User Unlocked"),
                    ("user.erased", "User Erased"),
                    ("template.removed", "Template Removed"),
                    ("enrollment.ended", "Enrollment Ended"),
                    ("authentication.ended", "Authentication Ended"),
                    ("authentication.exchanged", "Result Exchanged"),
                    ("import.started", "Import Started"),
                    ("import.ended", "Import Ended"),
                    ("security.alert", "Security Alert"),
                    ("audit.pruned", "Audit Pruned"),
                ],
                max_length=40,
            ),
        ),
    ]
