from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analytics", "0003_alert_of_all_by_code")]

    operations = [
        migrations.CreateModel(
            name="HourTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.DateTimeField(help_text="Its beginning, a full hour of UTC.")),
                (
                    "session_type",
                    models.CharField(
                        choices=[
                            ("enrollment", "Enrollment"),
                            ("verification", "Verification"),
                            ("identification", "Identification"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("success", "Success"),
                            ("failure", "Failure"),
                            ("expired", "Expired"),
                            ("cancelled", "Cancelled"),
                        ],
                        max_length=10,
                    ),
                ),
                ("sessions", models.PositiveBigIntegerField(default=0)),
                ("frames_received", models.PositiveBigIntegerField(default=0)),
                ("frames_accepted", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "hour's total",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("hour", "session_type", "outcome"), name="total_once_an_hour"
                    )
                ],
            },
        ),
    ]
