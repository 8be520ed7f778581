from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from authentication import examples, services
from authentication.serializers import (
    AuthenticationOpenedSerializer,
    OpenAuthenticationSerializer,
)
from authentication.services import ReenrollmentRequired, UserNotEnrolled
from capture.errors import ParentNotAllowed, ReturnUrlNotAllowed
from capture.links import require_allowed
from capture.telling import link_of
from clients.groups import services as groups
from clients.groups.services import GroupNotFound
from clients.lockout.errors import (
    AddressLocked,
    IdentificationDelayed,
    UserLocked,
    VerificationDelayed,
)
from clients.services import UserExpired, UserInactive, UserNotFound
from faceplatform.api.callers import client_of, counted_address, credential_of
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import validated
from faceplatform.sessions.errors import (
    LivenessBelowPolicy,
    LivenessUnavailable,
    OperatingPointUnsupported,
)
from faceplatform.sessions.opening import Opening
from faceplatform.sessions.telling import liveness_of


class OpenAuthenticationView(IdempotentWrites):
    """Opening of a verification or identification session."""

    scopes = (Scope.AUTHENTICATE,)
    documented_errors = {
        "POST": (
            UserNotFound,
            UserInactive,
            UserExpired,
            GroupNotFound,
            UserNotEnrolled,
            ReenrollmentRequired,
            LivenessUnavailable,
            LivenessBelowPolicy,
            OperatingPointUnsupported,
            VerificationDelayed,
            UserLocked,
            IdentificationDelayed,
            AddressLocked,
            ReturnUrlNotAllowed,
            ParentNotAllowed,
        )
    }

    @extend_schema(
        operation_id="authentication_open",
        tags=["Face Authentication"],
        summary="Open a verification or identification session",
        request=OpenAuthenticationSerializer,
        responses={201: AuthenticationOpenedSerializer},
        examples=examples.OPEN,
    )
    def post(self, request: Request) -> Response:
        asked = validated(OpenAuthenticationSerializer, request.data)
        require_allowed(client_of(request), asked["capture_link"])
        group = groups.find(client_of(request), asked["group"]) if "group" in asked else None
        session, token = services.open_session(
            Opening(
                client=client_of(request),
                credential=credential_of(request),
                capture_type=asked["capture_type"],
                metadata=asked["metadata"],
                liveness=asked.get("liveness"),
                language=asked.get("language"),
                address=counted_address(request, client_of(request)),
            ),
            user_id=asked.get("user_id"),
            group=group,
            nonce=asked.get("nonce", ""),
        )
        answer = {
            "session_token": token,
            "capture_type": session.capture_type,
            "status": session.status,
            "session_type": session.session_type,
            "expires_at": session.expires_at,
            "message": "Authentication session created. Stream frames to continue.",
            **liveness_of(session, request),
            **link_of(request, session, token, asked["capture_link"]),
        }
        return Response(answer, status=status.HTTP_201_CREATED)
