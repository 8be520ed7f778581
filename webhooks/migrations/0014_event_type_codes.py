from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0013_delivery_by_message"),
    ]

    operations = [
        migrations.AlterField(
            model_name="delivery",
            name="event_type",
            field=models.CharField(
                choices=[
                    ("enrollment.started", "enrollment.started"),
                    ("enrollment.completed", "enrollment.completed"),
                    ("enrollment.failed", "enrollment.failed"),
                    ("enrollment.expired", "enrollment.expired"),
                    ("authentication.succeeded", "authentication.succeeded"),
                    ("authentication.failed", "authentication.failed"),
                    ("authentication.expired", "authentication.expired"),
                    ("liveness.failed", "liveness.failed"),
                    ("subject.created", "subject.created"),
                    ("subject.updated", "subject.updated"),
                    ("subject.deactivated", "subject.deactivated"),
                    ("subject.activated", "subject.activated"),
                    ("subject.erased", "subject.erased"),
                    ("subject.locked", "subject.locked"),
                    ("import.completed", "import.completed"),
                    ("security.alert", "security.alert"),
                    ("credentials.changed", "credentials.changed"),
                    ("webhook.endpoint_failing", "webhook.endpoint_failing"),
                    ("webhook.endpoint_disabled", "webhook.endpoint_disabled"),
                    ("webhook.attempts_exhausted", "webhook.attempts_exhausted"),
                    ("webhook.test", "webhook.test"),
                ],
                max_length=50,
            ),
        ),
    ]
