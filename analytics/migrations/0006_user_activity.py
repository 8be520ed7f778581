import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0005_user_day_failures"),
        ("clients", "0035_credential_scopes_are_edited"),
    ]

    operations = [
        migrations.CreateModel(
            name="UserActivity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_seen_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                ("origins", models.JSONField(default=dict)),
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
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clients.subject",
                    ),
                ),
            ],
            options={
                "verbose_name": "user's activity",
                "verbose_name_plural": "users' activities",
                "indexes": [
                    models.Index(fields=["client", "last_seen_at"], name="activity_by_time"),
                    models.Index(fields=["last_seen_at"], name="activity_age"),
                ],
            },
        ),
    ]
