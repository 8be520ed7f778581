"""003: /register/ (POST, GET, DELETE) and /verify/ with multipart ``id`` and ``image``.

The document names its status codes; a problem with the input that it has none for is 400.
"""

from datetime import UTC
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authentication.services import UserNotEnrolled
from clients import services as users
from clients.services import UserInactive, UserNotFound
from clients.users.erasure import erase_subject
from faceplatform.api.scopes import Scope
from faceplatform.errors import FaceplatformError
from faceplatform.sessions.errors import DuplicateFace
from faceplatform.sessions.reasons import ADVICE, Reason
from legacy import examples, inputs, services
from legacy.faults import Fault, Wrong
from legacy.roster import registered_users
from legacy.schema import operation
from legacy.views import DialectView

# Codes of fields that are not there.
_ABSENT = {f"{wrong}_{name}" for wrong in (Wrong.MISSING, Wrong.EMPTY) for name in ("id", "image")}
_DOCUMENTED = {404, 409}
_UNUSABLE = {Reason.USER_INACTIVE, Reason.RETENTION_ENDED}
_TITLES = {"user_not_found": "User not found"}
# The old server's times had no zone; these are UTC.
_TIMESTAMP = "%Y-%m-%dT%H:%M:%S"


class UserExists(FaceplatformError):
    code = "user_exists"
    status = 409
    title = "User already exists"


class InvalidUser(FaceplatformError):
    """Unknown, switched off, without a face, or somebody else: one answer for all."""

    code = "invalid_user"
    status = 400
    title = "Invalid User"


class FaceRefused(FaceplatformError):
    """The image shows no face that can be used; the advice says why."""

    code = "face_refused"
    status = 400
    title = "The face in the picture cannot be used"


class Registration(serializers.Serializer[Any]):
    id = serializers.CharField()
    image = serializers.FileField()


class Id(serializers.Serializer[Any]):
    id = serializers.CharField()


class MessageAnswer(serializers.Serializer[Any]):
    message = serializers.CharField()


class ErrorAnswer(serializers.Serializer[Any]):
    error = serializers.CharField()


class RegisteredUser(serializers.Serializer[Any]):
    id = serializers.CharField()
    timestamp = serializers.DateTimeField()


class UsersAnswer(serializers.Serializer[Any]):
    message = serializers.CharField()
    data = RegisteredUser(many=True)  # type: ignore[assignment]


class VerificationAnswer(serializers.Serializer[Any]):
    message = serializers.CharField()
    recognition = serializers.CharField()
    verified = serializers.BooleanField()


class VerificationErrorAnswer(serializers.Serializer[Any]):
    error = serializers.CharField()
    verified = serializers.BooleanField()


def errors(*statuses: int, answer: type[Any] = ErrorAnswer) -> dict[int, type[Any]]:
    return dict.fromkeys(statuses, answer)


class FacialView(DialectView):
    """The base of both addresses."""

    dialect = "003"
    input_status = 400
    fields = {"user_id": "id"}
    takes_images = True
    required: ClassVar[str] = "ID and image are required"

    def failure(self, fault: Fault, status: int) -> dict[str, Any]:
        if fault.code in _ABSENT:
            return {"error": self.required}
        return {"error": _TITLES.get(fault.code, fault.detail)}

    def status_of(self, fault: Fault) -> int:
        return fault.status if fault.status in _DOCUMENTED else super().status_of(fault)


class RegisterView(FacialView):
    """/register/."""

    successor = "enrollment-open"
    scopes = {
        "POST": (Scope.ENROLL,),
        "GET": (Scope.ENROLL, Scope.MANAGE),
        "DELETE": (Scope.MANAGE,),
    }

    def failure(self, fault: Fault, status: int) -> dict[str, Any]:
        if fault.code in _ABSENT and self.request.method == "DELETE":
            return {"error": "ID is required"}
        return super().failure(fault, status)

    @operation(
        operation_id="legacy_facial_register",
        summary="003: register a user with one image",
        request={"multipart/form-data": Registration},
        responses={201: MessageAnswer, **errors(400, 409, 500)},
        examples=examples.FACIAL_REGISTER,
    )
    def post(self, request: Request) -> Response:
        user_id = inputs.name(request.data, "id")
        image = inputs.upload(request.data, "image")
        if services.is_registered(self.bound, user_id):
            raise UserExists
        result = services.enroll(self.bound, user_id, image, source=self.source)
        if result.reason is Reason.ALREADY_ENROLLED:
            raise UserExists
        if result.reason is Reason.DUPLICATE_FACE:
            raise DuplicateFace
        if result.reason is not Reason.ENROLLED:
            raise FaceRefused(ADVICE[result.reason])
        return Response({"message": "Data inserted successfully"}, status=201)

    @operation(
        operation_id="legacy_facial_users",
        summary="003: list the registered users",
        responses={200: UsersAnswer, **errors(500)},
        examples=examples.FACIAL_USERS,
    )
    def get(self, request: Request) -> Response:
        data = [
            {"id": user_id, "timestamp": since.astimezone(UTC).strftime(_TIMESTAMP)}
            for user_id, since in registered_users(self.bound)
        ]
        return Response({"message": "Hello, world!", "data": data})

    @operation(
        operation_id="legacy_facial_delete",
        summary="003: erase a user",
        request={
            "multipart/form-data": Id,
            "application/x-www-form-urlencoded": Id,
        },
        responses={204: None, **errors(400, 404)},
        examples=examples.FACIAL_DELETE,
    )
    def delete(self, request: Request) -> Response:
        """Erase a user. The document shows a body, but a 204 has none (RFC 9110, 15.3.5)."""
        subject = users.find_subject(self.bound, inputs.name(request.data, "id"))
        if erase_subject(subject) is None:
            raise UserNotFound
        return Response(status=204)


class VerifyView(FacialView):
    """/verify/."""

    successor = "authentication-open"
    scopes = (Scope.AUTHENTICATE,)
    required = "Image and ID are required"

    def failure(self, fault: Fault, status: int) -> dict[str, Any]:
        return {**super().failure(fault, status), "verified": False}

    @operation(
        operation_id="legacy_facial_verify",
        summary="003: verify a user by one image",
        request={"multipart/form-data": Registration},
        responses={200: VerificationAnswer, **errors(400, 500, answer=VerificationErrorAnswer)},
        examples=examples.FACIAL_VERIFY,
    )
    def post(self, request: Request) -> Response:
        user_id = inputs.name(request.data, "id")
        image = inputs.upload(request.data, "image")
        try:
            result = services.verify(self.bound, user_id, [image], source=self.source)
        except (UserNotFound, UserInactive, UserNotEnrolled) as e:
            raise InvalidUser from e
        if result.reason in {Reason.NO_MATCH, Reason.USER_NOT_ENROLLED, *_UNUSABLE}:
            raise InvalidUser
        if result.reason is not Reason.MATCHED:
            raise FaceRefused(ADVICE[result.reason])
        return Response(
            {
                "message": "Image received successfully!",
                "recognition": result.user_id,
                "verified": True,
            }
        )
