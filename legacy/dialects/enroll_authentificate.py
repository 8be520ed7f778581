"""000: enroll by an image, "authentificate" by a video or an image, reset.

Every refusal has a ``DecisionReason``: the main API's code in capitals. The document names no
status code, so every answer about what was sent or found is a 200.
"""

from functools import partial
from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from clients import services as users
from faceplatform.api.scopes import Scope
from faceplatform.api.throttles import CallerThrottle
from faceplatform.errors import FaceplatformError
from faceplatform.sessions.reasons import Reason
from legacy import examples, inputs, services
from legacy.faults import Fault
from legacy.schema import operation
from legacy.video import images_of
from legacy.views import DialectView

_USERNAME = examples.query("username", "The user's name.")


class DuplicateUsername(FaceplatformError):
    code = "duplicate_username"
    status = 409
    title = "This user is registered already"


class Enroll(serializers.Serializer[Any]):
    cin_file = serializers.FileField(help_text="An image of the user or of an identity card.")


class EnrollAnswer(serializers.Serializer[Any]):
    trained = serializers.ChoiceField(choices=["success", "failed"])
    EnrollStatus = serializers.ChoiceField(choices=["APPROVED", "REJECTED"])
    DecisionReason = serializers.CharField()


class Authentificate(serializers.Serializer[Any]):
    auth_video = serializers.FileField(help_text="A video (MP4, MOV, WebM, AVI) or an image.")


class AuthentificateAnswer(serializers.Serializer[Any]):
    score = serializers.FloatField(allow_null=True)
    Decision = serializers.ChoiceField(choices=["APPROVED", "REJECTED"])
    DecisionReason = serializers.CharField()


class ResetAnswer(serializers.Serializer[Any]):
    code = serializers.IntegerField()
    msg = serializers.CharField()


class EnrollView(DialectView):
    """POST /api/enroll?username=."""

    dialect = "000"
    successor = "enrollment-open"
    scopes = (Scope.ENROLL,)
    takes_images = True

    def failure(self, fault: Fault, status: int) -> dict[str, Any]:
        return _enrollment_refused(fault.code)

    @operation(
        operation_id="legacy_enroll",
        summary="000: enroll a user from one image",
        parameters=[_USERNAME],
        request={"multipart/form-data": Enroll},
        responses=EnrollAnswer,
        examples=examples.ENROLL,
    )
    def post(self, request: Request) -> Response:
        username = inputs.name(request.query_params, "username")
        image = inputs.upload(request.data, "cin_file")
        if services.is_registered(self.bound, username):
            raise DuplicateUsername
        result = services.enroll(self.bound, username, image, source=self.source)
        if result.reason is Reason.ALREADY_ENROLLED:
            raise DuplicateUsername
        if result.reason is not Reason.ENROLLED:
            return Response(_enrollment_refused(result.reason))
        return Response(
            {
                "trained": "success",
                "EnrollStatus": "APPROVED",
                "DecisionReason": "ENROLLED_AS_USER",
            }
        )


def _enrollment_refused(code: str) -> dict[str, Any]:
    return {"trained": "failed", "EnrollStatus": "REJECTED", "DecisionReason": code.upper()}


class AuthentificateView(DialectView):
    """POST /api/authentificate?username=."""

    dialect = "000"
    successor = "authentication-open"
    scopes = (Scope.AUTHENTICATE,)
    takes_images = True

    def failure(self, fault: Fault, status: int) -> dict[str, Any]:
        return _authentication_refused(fault.code)

    @operation(
        operation_id="legacy_authentificate",
        summary="000: verify a user by a video or an image",
        parameters=[_USERNAME],
        request={"multipart/form-data": Authentificate},
        responses=AuthentificateAnswer,
        examples=examples.AUTHENTIFICATE,
    )
    def post(self, request: Request) -> Response:
        username = inputs.name(request.query_params, "username")
        posted = inputs.upload(request.data, "auth_video")
        users.active_subject(self.bound, username)  # no video is decoded for nobody
        with images_of(posted, charge=partial(CallerThrottle().charge, request)) as images:
            result = services.verify(self.bound, username, images, source=self.source)
        if result.reason is not Reason.MATCHED:
            return Response(_authentication_refused(result.reason))
        return Response(
            {
                "score": result.score,
                "Decision": "APPROVED",
                "DecisionReason": "AUTHENTIFICATION_SUCCESS",
            }
        )


def _authentication_refused(code: str) -> dict[str, Any]:
    return {"score": None, "Decision": "REJECTED", "DecisionReason": code.upper()}


class ResetView(DialectView):
    """POST /api/reset: erasure of the bound client's users, where the operator allows it."""

    dialect = "000"
    successor = "enrollment-list"
    scopes = (Scope.MANAGE,)

    def failure(self, fault: Fault, status: int) -> dict[str, Any]:
        return {"code": status, "msg": f"ERROR_DETECTED : {fault.detail}"}

    @operation(
        operation_id="legacy_reset",
        summary="000: erase all users of the bound client",
        request=None,
        responses=ResetAnswer,
        examples=examples.RESET,
    )
    def post(self, request: Request) -> Response:
        if not settings.FACEPLATFORM_LEGACY_RESET:
            raise PermissionDenied("Reset is switched off")
        services.erase_all(self.bound)
        return Response({"code": 200, "msg": "DONE"})
