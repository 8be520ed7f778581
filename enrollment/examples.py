"""Examples for the OpenAPI schema: real answers, cut where they are long."""

from drf_spectacular.utils import OpenApiExample

OPEN = [
    OpenApiExample(
        "Enrollment",
        value={
            "user_id": "u-1001",
            "session_type": "webcam",
            "metadata": {"device_info": "Chrome on macOS"},
        },
        request_only=True,
    ),
    OpenApiExample(
        "Opened",
        value={
            "session_token": "enr_VZmHLfM1rUWdLwcVX6zaMpq9XXN7ULXYfkNyXfGkIhA",
            "enrollment_id": "ad9cd350-2b93-4b0e-a125-3c1798589923",
            "capture_type": "webcam",
            "status": "pending",
            "target_samples": 3,
            "expires_at": "2026-11-24T22:29:33.136738Z",
            "message": "Enrollment session created. Stream frames to continue.",
            "liveness_methods": [],
            "challenge": None,
        },
        response_only=True,
        status_codes=["201"],
    ),
]

_ENROLLMENT = {
    "enrollment_id": "ad9cd350-2b93-4b0e-a125-3c1798589923",
    "user_id": "u-1001",
    "status": "completed",
    "reason": "enrolled",
    "capture_type": "webcam",
    "session_type": "webcam",
    "target_samples": 3,
    "samples_collected": 3,
    "duplicate_suspected": False,
    "created_at": "2026-11-24T22:19:33.136738Z",
    "expires_at": "2026-11-24T22:29:33.136738Z",
    "finished_at": "2026-11-24T22:19:33.660213Z",
    "template_expires_at": None,
    "metadata": {"device_info": "Chrome on macOS"},
    "template": {
        "model_name": "dlib",
        "model_version": "resnet-v1-mirror-int8",
        "alignment": "mesh5-150",
        "dimension": 128,
        "sample_count": 3,
        "quality": 0.9649675610106438,
        "liveness_verified": True,
        "created_at": "2026-11-24T22:19:33.659482Z",
    },
    "reenrollment_required": False,
}

USER = [
    OpenApiExample(
        "User",
        value={
            "user_id": "u-1001",
            "is_active": True,
            "is_enrolled": True,
            "reenrollment_required": False,
        },
        response_only=True,
    )
]

_END = "2027-11-24T00:00:00Z"
CHANGE = [
    OpenApiExample("End", value={"template_expires_at": _END}, request_only=True),
    OpenApiExample(
        "Enrollment", value={**_ENROLLMENT, "template_expires_at": _END}, response_only=True
    ),
]

_USERS = {**_ENROLLMENT, "duplicate_suspected": True}
LIST_OF_USER = [OpenApiExample("Enrollments", value=_USERS, response_only=True)]
LIST = [OpenApiExample("Enrollments", value=_ENROLLMENT, response_only=True)]

READ = [OpenApiExample("Enrollment", value=_ENROLLMENT, response_only=True)]
