import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0028_address_attempts")]

    operations = [
        migrations.CreateModel(
            name="UsageDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("operation", models.CharField(max_length=200)),
                ("calls", models.PositiveBigIntegerField(default=0)),
                ("refused", models.PositiveBigIntegerField(default=0)),
                ("frames", models.PositiveBigIntegerField(default=0)),
                ("frames_accepted", models.PositiveBigIntegerField(default=0)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clients.client",
                    ),
                ),
            ],
            options={
                "verbose_name": "day of usage",
                "verbose_name_plural": "days of usage",
                "indexes": [models.Index(fields=["day"], name="usage_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "day", "operation"), name="usage_once_a_day_and_operation"
                    )
                ],
            },
        ),
    ]
