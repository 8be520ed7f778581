"""Parameters and examples of the older APIs for the OpenAPI schema."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter


def query(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.QUERY, True, description)  # noqa: FBT003


def header(name: str, *, required: bool = True) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, required)


def cookie(name: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.COOKIE)


def _answer(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


def _request(value: Any) -> OpenApiExample:
    return OpenApiExample("Request", value=value, request_only=True)


def _told(name: str, message: str, status: int = 200) -> OpenApiExample:
    return _answer(name, {"status_code": status, "message": message}, status)


ENROLL = [
    _answer(
        "Enrolled",
        {"trained": "success", "EnrollStatus": "APPROVED", "DecisionReason": "ENROLLED_AS_USER"},
    ),
    _answer(
        "Refused",
        {"trained": "failed", "EnrollStatus": "REJECTED", "DecisionReason": "NO_FACE"},
    ),
]
AUTHENTIFICATE = [
    _answer(
        "Recognized",
        {"score": 0.91, "Decision": "APPROVED", "DecisionReason": "AUTHENTIFICATION_SUCCESS"},
    ),
    _answer("Refused", {"score": None, "Decision": "REJECTED", "DecisionReason": "NO_MATCH"}),
]
RESET = [_answer("Done", {"code": 200, "msg": "DONE"})]

GALLERY_REGISTER = [
    _answer("Registered", {"status": True, "message": "Enregistrement réussi"}),
    _answer(
        "Several faces",
        {
            "status": False,
            "message": "Plusieurs faces ont été detecté dans l'image. Veuillez vous assurer "
            "d'etre seul dans l'image.",
            "faces": 3,
        },
    ),
]
GALLERY_VERIFY = [
    _answer(
        "Recognized",
        {"status": True, "message": "Face reconnue dans le système", "name": "John"},
    ),
    _answer("Not recognized", {"status": False, "message": "Face non reconnue dans le système"}),
]
GALLERY_REMOVE = [
    _answer(
        "Removed",
        {"message": "subject id John has been successfully removed", "status": True},
    ),
]

FACIAL_REGISTER = [
    _answer("Registered", {"message": "Data inserted successfully"}, 201),
    _answer("Incomplete", {"error": "ID and image are required"}, 400),
    _answer("Known", {"error": "User already exists"}, 409),
]
FACIAL_USERS = [
    _answer(
        "Users",
        {
            "message": "Hello, world!",
            "data": [{"id": "user1", "timestamp": "2023-07-23T12:34:56"}],
        },
    ),
]
FACIAL_DELETE = [
    _answer("Incomplete", {"error": "ID is required"}, 400),
    _answer("Unknown", {"error": "User not found"}, 404),
]
FACIAL_VERIFY = [
    _answer(
        "Verified",
        {"message": "Image received successfully!", "recognition": "user1", "verified": True},
    ),
    _answer("Somebody else, or unknown", {"error": "Invalid User", "verified": False}, 400),
]

ACCOUNT_ROOT = [_told("There", "You found me!")]
ACCOUNT_HOME = [_told("Signed in", "Hello Ada Lovelace"), _told("Not", "Unauthorized users", 401)]
ACCOUNT_REGISTER = [
    _request({"fullname": "Ada Lovelace", "username": "lovelace", "password": "engine-1843"}),
    _told("Created", "Successfully created account!", 201),
    _told("Incomplete", "Name, Username, and Password is required", 400),
]
ACCOUNT_LOGIN = [
    _request({"username": "lovelace", "password": "engine-1843"}),
    _told("Signed in", "Login successfully!"),
    _told("Wrong", "Password is incorrect!", 400),
]
ACCOUNT_LOGOUT = [_told("Signed out", "Logged out")]
ACCOUNT_DELETE = [
    _told("Deleted", "Successfully deleted user!"),
    _told("Not signed in", "Unauthorized users", 400),
]
