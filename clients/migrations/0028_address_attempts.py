import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0027_user_attempts")]

    operations = [
        migrations.CreateModel(
            name="AddressAttempts",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("failures", models.PositiveIntegerField(default=0)),
                ("pending", models.PositiveIntegerField(default=0)),
                ("failed_at", models.DateTimeField(null=True)),
                ("locked_at", models.DateTimeField(null=True)),
                ("address", models.CharField(max_length=64)),
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
                "verbose_name": "count of an address's failed identifications",
                "verbose_name_plural": "counts of addresses' failed identifications",
                "indexes": [
                    models.Index(fields=["pending", "failed_at"], name="attempts_forgotten")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "address"), name="attempts_once_an_address"
                    )
                ],
            },
        ),
    ]
