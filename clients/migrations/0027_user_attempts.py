import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0026_client_tier_checked")]

    operations = [
        migrations.CreateModel(
            name="UserAttempts",
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
                (
                    "subject",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="clients.subject",
                    ),
                ),
            ],
            options={
                "verbose_name": "count of a user's failed verifications",
                "verbose_name_plural": "counts of users' failed verifications",
            },
        ),
    ]
