from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from capture.serializers import OpenedWithLinkSerializer, WithCaptureLinkSerializer
from faceplatform.api.fields import IdentifierField, NonceField
from faceplatform.sessions.models import CaptureType, SessionStatus
from faceplatform.sessions.serializers import LivenessSerializer, OpenSessionSerializer


class OpenAuthenticationSerializer(WithCaptureLinkSerializer, OpenSessionSerializer):
    user_id = IdentifierField(
        required=False, help_text="Given: verification. Left out: identification."
    )
    group = serializers.UUIDField(
        required=False,
        help_text="Id of a group: the identification is among its members only.",
    )
    nonce = NonceField(
        required=False,
        help_text="Returned in the signed result of `POST /api/core/auth/user/`: a random text of "
        "yours ties that result to this call.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        valid: dict[str, Any] = super().validate(attrs)
        if "user_id" in valid and "group" in valid:
            fault = ErrorDetail("A verification has no group: send user_id or group.", "ambiguous")
            raise serializers.ValidationError({"group": [fault]})
        return valid


class AuthenticationOpenedSerializer(OpenedWithLinkSerializer, LivenessSerializer):
    session_token = serializers.CharField()
    capture_type = serializers.ChoiceField(choices=CaptureType.choices)
    status = serializers.ChoiceField(choices=SessionStatus.choices)
    session_type = serializers.ChoiceField(choices=["verification", "identification"])
    expires_at = serializers.DateTimeField()
    message = serializers.CharField()
