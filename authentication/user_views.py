"""The authentications of one user, for client management."""

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authentication.kind import result_of, shown_score
from authentication.models import AuthenticationSession
from clients.services import UserNotFound, find_subject
from clients.users.parameters import USER
from faceplatform.api.callers import client_of
from faceplatform.api.lists import LIST_ERRORS, ListView
from faceplatform.api.scopes import Scope
from faceplatform.sessions.lookup import shown_status
from faceplatform.sessions.models import SessionStatus
from faceplatform.sessions.reasons import Reason


class UserAuthenticationSerializer(serializers.ModelSerializer[AuthenticationSession]):
    """An authentication that was about the user, or recognized it."""

    session_id = serializers.UUIDField(source="public_id", read_only=True)
    session_type = serializers.ChoiceField(
        choices=["verification", "identification"], read_only=True
    )
    status = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField(
        help_text="`success` or `failure`; null while it is open, expired or cancelled."
    )
    reason = serializers.SerializerMethodField(help_text="Null while it is open.")
    similarity_score = serializers.SerializerMethodField()

    class Meta:
        model = AuthenticationSession
        fields = [
            "session_id",
            "session_type",
            "capture_type",
            "source",
            "status",
            "result",
            "reason",
            "similarity_score",
            "liveness_verified",
            "created_at",
            "finished_at",
        ]
        read_only_fields = fields

    def get_status(self, session: AuthenticationSession) -> SessionStatus:
        return SessionStatus(shown_status(session)[0])

    def get_result(self, session: AuthenticationSession) -> str | None:
        return result_of(session)

    @extend_schema_field(serializers.ChoiceField(choices=Reason.choices, allow_null=True))
    def get_reason(self, session: AuthenticationSession) -> Reason | None:
        reason = shown_status(session)[1]
        return Reason(reason) if reason else None

    def get_similarity_score(self, session: AuthenticationSession) -> float | None:
        return shown_score(session)


_EXAMPLE: dict[str, Any] = {
    "session_id": "3a1d2f35-3c5d-4c4e-9d39-0d0d7b3f6f10",
    "session_type": "identification",
    "capture_type": "webcam",
    "source": "api",
    "status": "completed",
    "result": "success",
    "reason": "matched",
    "similarity_score": 0.871,
    "liveness_verified": True,
    "created_at": "2026-11-24T22:19:33.694608Z",
    "finished_at": "2026-11-24T22:19:35.120943Z",
}


class UserAuthenticationsView(ListView):
    """A user's authentications, newest first."""

    scopes = (Scope.MANAGE,)
    queryset = AuthenticationSession.objects.none()
    serializer_class = UserAuthenticationSerializer
    documented_errors = {"GET": (*LIST_ERRORS, UserNotFound)}

    @extend_schema(
        operation_id="client_user_authentications",
        tags=["Client Management"],
        summary="List a user's authentications, newest first",
        description="Verifications of the user, and identifications that recognized it.",
        parameters=[USER],
        responses=UserAuthenticationSerializer(many=True),
        examples=[OpenApiExample("Authentication", value=_EXAMPLE, response_only=True)],
    )
    def get(self, request: Request, user: str) -> Response:
        client = client_of(request)
        subject = find_subject(client, user)
        sessions = AuthenticationSession.objects.filter(
            Q(subject=subject) | Q(matched_subject=subject), client=client.pk
        )
        return self.listed(sessions.select_related("credential").defer("frame_outcomes"), request)
