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
            name="AlertRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("alert", models.CharField(max_length=50)),
                ("detail", models.JSONField(default=dict)),
                ("raised_at", models.DateTimeField()),
                ("is_resolved", models.BooleanField(default=False)),
                ("resolved_at", models.DateTimeField(null=True)),
                ("resolved_by", models.UUIDField(null=True)),
                ("note", models.CharField(blank=True, default="", max_length=1000)),
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
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="clients.subject",
                    ),
                ),
            ],
            options={
                "verbose_name": "security alert",
                "indexes": [
                    models.Index(fields=["client", "raised_at"], name="alert_by_time"),
                    models.Index(fields=["client", "is_resolved", "raised_at"], name="alert_open"),
                    models.Index(fields=["client", "alert", "raised_at"], name="alert_by_code"),
                    models.Index(fields=["raised_at"], name="alert_age"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DayHistogram",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                    "capture_type",
                    models.CharField(
                        choices=[("webcam", "Webcam"), ("mobile", "Mobile"), ("api", "Api")],
                        max_length=8,
                    ),
                ),
                ("source", models.CharField(max_length=20)),
                ("day", models.DateField()),
                ("measure", models.CharField(max_length=40)),
                ("bins", models.JSONField(default=dict)),
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
                "verbose_name": "day's histogram",
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "client",
                            "day",
                            "session_type",
                            "capture_type",
                            "source",
                            "measure",
                        ),
                        name="histogram_once_a_day_and_group",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DaySummary",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("sessions", models.PositiveBigIntegerField(default=0)),
                ("enrollments", models.PositiveBigIntegerField(default=0)),
                ("enrollments_succeeded", models.PositiveBigIntegerField(default=0)),
                ("authentications", models.PositiveBigIntegerField(default=0)),
                ("authentications_succeeded", models.PositiveBigIntegerField(default=0)),
                ("authentications_failed", models.PositiveBigIntegerField(default=0)),
                ("expired", models.PositiveBigIntegerField(default=0)),
                ("cancelled", models.PositiveBigIntegerField(default=0)),
                ("spoof_sessions", models.PositiveBigIntegerField(default=0)),
                ("frames_received", models.PositiveBigIntegerField(default=0)),
                ("frames_accepted", models.PositiveBigIntegerField(default=0)),
                ("unique_users", models.PositiveBigIntegerField(default=0)),
                ("counted_at", models.DateTimeField(null=True)),
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
                "verbose_name": "day's summary",
                "verbose_name_plural": "days' summaries",
                "indexes": [models.Index(fields=["day"], name="summary_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("client", "day"), name="summary_once_a_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="DayTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                    "capture_type",
                    models.CharField(
                        choices=[("webcam", "Webcam"), ("mobile", "Mobile"), ("api", "Api")],
                        max_length=8,
                    ),
                ),
                ("source", models.CharField(max_length=20)),
                ("day", models.DateField()),
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
                ("reason", models.CharField(max_length=32)),
                ("sessions", models.PositiveBigIntegerField(default=0)),
                ("liveness_verified", models.PositiveBigIntegerField(default=0)),
                ("duplicates_suspected", models.PositiveBigIntegerField(default=0)),
                ("spoof_sessions", models.PositiveBigIntegerField(default=0)),
                ("frames_received", models.PositiveBigIntegerField(default=0)),
                ("frames_accepted", models.PositiveBigIntegerField(default=0)),
                ("spoof_frames", models.PositiveBigIntegerField(default=0)),
                ("duration_ms", models.PositiveBigIntegerField(default=0)),
                ("quality_count", models.PositiveBigIntegerField(default=0)),
                ("quality_millionths", models.PositiveBigIntegerField(default=0)),
                ("similarity_count", models.PositiveBigIntegerField(default=0)),
                ("similarity_millionths", models.PositiveBigIntegerField(default=0)),
                ("liveness_count", models.PositiveBigIntegerField(default=0)),
                ("liveness_millionths", models.PositiveBigIntegerField(default=0)),
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
                "verbose_name": "day's total",
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "client",
                            "day",
                            "session_type",
                            "capture_type",
                            "source",
                            "outcome",
                            "reason",
                        ),
                        name="total_once_a_day_and_group",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DriftCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.DateField(help_text="Its Monday.")),
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
                "constraints": [
                    models.UniqueConstraint(fields=("week", "client"), name="drift_checked_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SessionFact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                    "capture_type",
                    models.CharField(
                        choices=[("webcam", "Webcam"), ("mobile", "Mobile"), ("api", "Api")],
                        max_length=8,
                    ),
                ),
                ("source", models.CharField(max_length=20)),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("session_public_id", models.UUIDField(null=True)),
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
                ("reason", models.CharField(max_length=32)),
                ("similarity", models.FloatField(null=True)),
                ("quality", models.FloatField(null=True)),
                ("liveness_score", models.FloatField(null=True)),
                ("liveness_verified", models.BooleanField()),
                ("duplicate_suspected", models.BooleanField()),
                ("frames_received", models.PositiveIntegerField()),
                ("frames_accepted", models.PositiveIntegerField()),
                ("spoof_frames", models.PositiveIntegerField()),
                ("duration_ms", models.PositiveBigIntegerField()),
                ("stage_milliseconds", models.JSONField(default=dict)),
                ("false_match_rate", models.FloatField(null=True)),
                ("model_key", models.CharField(max_length=100)),
                ("ended_at", models.DateTimeField()),
                ("is_counted", models.BooleanField(default=False)),
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
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="clients.subject",
                    ),
                ),
            ],
            options={
                "verbose_name": "ended session",
                "indexes": [
                    models.Index(fields=["client", "ended_at"], name="fact_by_time"),
                    models.Index(fields=["client", "subject", "ended_at"], name="fact_by_subject"),
                    models.Index(fields=["client", "outcome", "ended_at"], name="fact_by_outcome"),
                    models.Index(fields=["client", "reason", "ended_at"], name="fact_by_reason"),
                    models.Index(
                        fields=["client", "session_type", "ended_at"], name="fact_by_type"
                    ),
                    models.Index(
                        fields=["client", "capture_type", "ended_at"], name="fact_by_capture"
                    ),
                    models.Index(fields=["client", "source", "ended_at"], name="fact_by_source"),
                    models.Index(fields=["is_counted", "ended_at"], name="fact_to_count"),
                ],
            },
        ),
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
        migrations.CreateModel(
            name="UserDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("sessions", models.PositiveBigIntegerField(default=0)),
                ("failures", models.PositiveBigIntegerField(default=0)),
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
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clients.subject",
                    ),
                ),
            ],
            options={
                "verbose_name": "user's day",
                "indexes": [models.Index(fields=["day"], name="user_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "day", "subject"), name="user_once_a_day"
                    )
                ],
            },
        ),
    ]
