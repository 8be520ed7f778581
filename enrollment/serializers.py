from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from capture.serializers import OpenedWithLinkSerializer, WithCaptureLinkSerializer
from enrollment.models import EnrollmentSession, FaceTemplate
from faceplatform.api.fields import FutureField, IdentifierField, WholeNumberField
from faceplatform.engine.registry import engine_of
from faceplatform.sessions.lookup import shown_status
from faceplatform.sessions.models import CaptureType, SessionStatus
from faceplatform.sessions.reasons import Reason
from faceplatform.sessions.serializers import LivenessSerializer, OpenSessionSerializer

_ENDS = (
    "The enrollment is removed at this time, with its template, and from then on matches nobody. "
    "Null: never."
)


class OpenEnrollmentSerializer(WithCaptureLinkSerializer, OpenSessionSerializer):
    user_id = IdentifierField(help_text="Your own id of the user; an unknown one is created.")
    target_samples = WholeNumberField(
        required=False, min_value=1, max_value=10, help_text="Within the client's policy."
    )
    template_expires_at = FutureField(
        required=False, allow_null=True, default=None, help_text=_ENDS
    )


class ChangeEnrollmentSerializer(serializers.Serializer[Any]):
    template_expires_at = FutureField(allow_null=True, help_text=_ENDS)


class EnrollmentFilterSerializer(serializers.Serializer[Any]):
    user_id = IdentifierField(required=False)


class UserSerializer(serializers.Serializer[Any]):
    user_id = serializers.CharField()
    is_active = serializers.BooleanField()
    is_enrolled = serializers.BooleanField(help_text="The user has a template.")
    reenrollment_required = serializers.BooleanField(
        help_text="All of the user's templates are of another recognition model than the one in "
        "use: they match nobody."
    )


class EnrollmentOpenedSerializer(OpenedWithLinkSerializer, LivenessSerializer):
    session_token = serializers.CharField()
    enrollment_id = serializers.UUIDField()
    capture_type = serializers.ChoiceField(choices=CaptureType.choices)
    status = serializers.ChoiceField(choices=SessionStatus.choices)
    target_samples = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    message = serializers.CharField()


class TemplateSerializer(serializers.ModelSerializer[FaceTemplate]):
    """A template's model, samples and quality; never its vector."""

    class Meta:
        model = FaceTemplate
        fields = [
            "model_name",
            "model_version",
            "alignment",
            "dimension",
            "sample_count",
            "quality",
            "liveness_verified",
            "created_at",
        ]
        read_only_fields = fields


class EnrollmentSerializer(serializers.ModelSerializer[EnrollmentSession]):
    enrollment_id = serializers.UUIDField(source="public_id", read_only=True)
    user_id = serializers.CharField(source="subject.user_id", read_only=True)
    status = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()
    session_type = serializers.ChoiceField(
        choices=CaptureType.choices,
        source="capture_type",
        read_only=True,
        help_text="Here the same as `capture_type`.",
    )
    template = serializers.SerializerMethodField()
    reenrollment_required = serializers.SerializerMethodField()

    class Meta:
        model = EnrollmentSession
        fields = [
            "enrollment_id",
            "user_id",
            "status",
            "reason",
            "capture_type",
            "session_type",
            "target_samples",
            "samples_collected",
            "duplicate_suspected",
            "created_at",
            "expires_at",
            "finished_at",
            "template_expires_at",
            "metadata",
            "template",
            "reenrollment_required",
        ]
        read_only_fields = fields

    def get_status(self, session: EnrollmentSession) -> SessionStatus:
        return SessionStatus(shown_status(session)[0])

    @extend_schema_field(serializers.ChoiceField(choices=Reason.choices, allow_null=True))
    def get_reason(self, session: EnrollmentSession) -> Reason | None:
        reason = shown_status(session)[1]
        return Reason(reason) if reason else None

    @extend_schema_field(TemplateSerializer(allow_null=True))
    def get_template(self, session: EnrollmentSession) -> Any:
        """Return the template of the recognition model in use, else one of another model. Null
        until completed, and once a later enrollment has replaced it."""
        templates = self._templates(session)
        return TemplateSerializer(templates[0]).data if templates else None

    def get_reenrollment_required(self, session: EnrollmentSession) -> bool:
        """Return True if the template is of another recognition model than the one in use: it
        matches nobody."""
        templates = self._templates(session)
        return bool(templates) and templates[0].model_key != engine_of(session).model.key

    def _templates(self, session: EnrollmentSession) -> list[FaceTemplate]:
        """Return the templates, that of the model in use first."""
        used = engine_of(session).model.key
        return sorted(session.templates.all(), key=lambda each: each.model_key != used)
