"""Answers about single sessions and alerts."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from analytics.models import AlertRecord, SessionFact, SessionType
from faceplatform.sessions.reasons import Reason

# Stands for the operator's staff, whom no answer names.
OPERATOR = "operator"


class AuthLogSerializer(serializers.ModelSerializer[SessionFact]):
    """A session that ended."""

    id = serializers.UUIDField(source="public_id")
    session_id = serializers.UUIDField(
        source="session_public_id",
        allow_null=True,
        help_text="Its public id; an enrollment's `enrollment_id`. Null once the user is erased.",
    )
    session_type = serializers.ChoiceField(choices=SessionType.choices)
    user_id = serializers.CharField(
        source="subject.user_id",
        default=None,
        allow_null=True,
        help_text="The user it was opened for, or that it recognized. Null without one, and once "
        "the user is erased.",
    )
    reason = serializers.ChoiceField(choices=Reason.choices)
    similarity_score = serializers.FloatField(
        source="similarity",
        allow_null=True,
        help_text="Of the last comparison, 0..1. Null without one.",
    )
    duration_ms = serializers.IntegerField(help_text="From its opening to its end.")
    stage_milliseconds = serializers.DictField(
        child=serializers.FloatField(),
        help_text="Time in each stage of measuring, summed over its frames.",
    )
    model = serializers.CharField(source="model_key", help_text="The recognition model.")

    class Meta:
        model = SessionFact
        fields = [
            "id",
            "session_id",
            "session_type",
            "capture_type",
            "source",
            "user_id",
            "outcome",
            "reason",
            "similarity_score",
            "quality",
            "liveness_score",
            "liveness_verified",
            "duplicate_suspected",
            "frames_received",
            "frames_accepted",
            "spoof_frames",
            "duration_ms",
            "stage_milliseconds",
            "false_match_rate",
            "model",
            "ended_at",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "quality": {"help_text": "Mean quality of its samples, 0..1. Null without any."},
            "liveness_score": {
                "help_text": "Of its samples, fused: the mean of their log-odds, as 0..1."
            },
            "liveness_verified": {
                "help_text": "It succeeded, and every check ran and passed on its samples."
            },
            "duplicate_suspected": {"help_text": "The face is also another user's."},
            "spoof_frames": {"help_text": "Frames suspected as spoof."},
            "false_match_rate": {"help_text": "Its operating point."},
        }


class AlertSerializer(serializers.ModelSerializer[AlertRecord]):
    """A security alert."""

    id = serializers.UUIDField(source="public_id")
    user_id = serializers.CharField(source="subject.user_id", default=None, allow_null=True)
    detail = serializers.DictField(help_text="Further facts; empty once the user is erased.")
    resolved_by = serializers.SerializerMethodField(
        help_text="`id` of the API key that resolved it, or `operator` for the service's operator; "
        "null while it is open."
    )

    class Meta:
        model = AlertRecord
        fields = [
            "id",
            "alert",
            "user_id",
            "detail",
            "raised_at",
            "is_resolved",
            "resolved_at",
            "resolved_by",
            "note",
        ]
        read_only_fields = fields

    def get_resolved_by(self, alert: AlertRecord) -> str | None:
        """Return who resolved it. Names of the operator's staff are not shown."""
        return resolver(alert.is_resolved, alert.resolved_by)


def resolver(is_resolved: bool, credential: UUID | None) -> str | None:  # noqa: FBT001
    """Return the id of the API key that resolved an alert, or ``operator``; None if it is open."""
    if not is_resolved:
        return None
    return OPERATOR if credential is None else str(credential)


class ResolveAlertSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(
        max_length=1000, required=False, default="", allow_blank=True, help_text="For people."
    )
