"""POST /api/clients/users/{user}/unlock/."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients.lockout import services
from clients.services import UserNotFound, find_subject
from faceplatform.api.callers import client_of
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.scopes import Scope


class LockoutStateSerializer(serializers.Serializer[Any]):
    """The state of a user's verifications."""

    consecutive_failures = serializers.IntegerField(help_text="Since the last success.")
    locked_until = serializers.DateTimeField(
        allow_null=True, help_text="No verification opens before; null for none, and for a lock."
    )
    is_locked = serializers.BooleanField(help_text="No verification opens until you unlock it.")


class UnlockedSerializer(LockoutStateSerializer):
    user_id = serializers.CharField()


class UnlockUserView(IdempotentWrites):
    """Ends a user's delay or lock after failed verifications."""

    scopes = (Scope.MANAGE,)
    documented_errors = {"POST": (UserNotFound,)}

    @extend_schema(
        operation_id="user_unlock",
        tags=["Client Management"],
        summary="Unlock a user after failed verifications",
        description="Resets the count of consecutive failures, whether the user is locked or not.",
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
    def post(self, request: Request, user_id: str) -> Response:
        subject = find_subject(client_of(request), user_id)
        state = asdict(services.unlock(subject))
        return Response(UnlockedSerializer({"user_id": subject.user_id, **state}).data)
