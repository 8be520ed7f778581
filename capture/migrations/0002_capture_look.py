import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("capture", "0001_capture_link")]

    operations = [
        migrations.CreateModel(
            name="CaptureLook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(blank=True, default="", max_length=80)),
                (
                    "theme",
                    models.CharField(
                        choices=[("light", "Light"), ("dark", "Dark"), ("auto", "Auto")],
                        default="auto",
                        max_length=5,
                    ),
                ),
                ("colors", models.JSONField(blank=True, default=dict)),
                ("texts", models.JSONField(blank=True, default=dict)),
                ("notice", models.TextField(blank=True, default="", max_length=600)),
                ("allowed_parents", models.JSONField(blank=True, default=list)),
                ("return_origins", models.JSONField(blank=True, default=list)),
                ("logo", models.BinaryField(blank=True, default=b"")),
                ("logo_id", models.UUIDField(editable=False, null=True, unique=True)),
                (
                    "client",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clients.client",
                    ),
                ),
            ],
            options={
                "verbose_name": "look of the capture page",
                "verbose_name_plural": "looks of the capture page",
            },
        ),
    ]
