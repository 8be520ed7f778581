"""POST /api/clients/users/{user}/unlock/."""

from dataclasses import asdict

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clients.lockout import services
from clients.lockout.serializers import UnlockedSerializer
from clients.services import UserNotFound, find_subject
from clients.users.parameters import USER
from faceplatform.api.callers import client_of
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import refuse_members


class UnlockUserView(IdempotentWrites):
    """Ends a user's delay or lock after failed verifications."""

    scopes = (Scope.MANAGE,)
    documented_errors = {"POST": (UserNotFound,)}

    @extend_schema(
        operation_id="user_unlock",
        tags=["Client Management"],
        summary="Unlock a user after failed verifications",
        parameters=[USER],
        description=(
            "Resets the count of consecutive failures, whether the user is locked or not. The next "
            "verification opens at once, also while others are in progress: these hold no place "
            "any more, and if they fail, they count."
        ),
        request=None,
        responses={200: UnlockedSerializer},
        examples=[
            OpenApiExample(
                "Unlocked",
                value={
                    "user_id": "alice",
                    "consecutive_failures": 0,
                    "locked_until": None,
                    "is_locked": False,
                },
                response_only=True,
            )
        ],
    )
    def post(self, request: Request, user: str) -> Response:
        refuse_members(request.data)
        subject = find_subject(client_of(request), user)
        state = asdict(services.unlock(subject))
        return Response(UnlockedSerializer({"user_id": subject.user_id, **state}).data)
