"""Examples for the OpenAPI schema."""

from drf_spectacular.utils import OpenApiExample

_QUEUED = {
    "id": "6f7c1c62-3a5d-4d0c-8c0e-0f4a3b1f7f55",
    "status": "queued",
    "reason": None,
    "total": 240,
    "processed": 0,
    "results": {
        "enrolled": 0,
        "created": 0,
        "skipped": 0,
        "duplicate": 0,
        "refused": 0,
        "failed": 0,
    },
    "ignored_files": 1,
    "skip_enrolled": True,
    "target_samples": None,
    "created_at": "2026-03-02T09:14:07Z",
    "started_at": None,
    "finished_at": None,
}
_RUNNING = _QUEUED | {
    "status": "running",
    "processed": 91,
    "results": {
        "enrolled": 84,
        "created": 0,
        "skipped": 3,
        "duplicate": 1,
        "refused": 3,
        "failed": 0,
    },
    "started_at": "2026-03-02T09:14:09Z",
}

START = [
    OpenApiExample(
        "An archive of images",
        value={"file": "faces.zip", "target_samples": 3, "skip_enrolled": True},
        request_only=True,
    ),
    OpenApiExample("Queued", value=_QUEUED, response_only=True, status_codes=["202"]),
]
READ = [OpenApiExample("Running", value=_RUNNING, response_only=True)]
LIST = [
    OpenApiExample(
        "A completed import",
        value=_RUNNING
        | {"status": "completed", "total": 91, "finished_at": "2026-03-02T09:14:21Z"},
        response_only=True,
    )
]
CANCEL = [
    OpenApiExample(
        "Cancelled",
        value=_RUNNING | {"status": "cancelled", "finished_at": "2026-03-02T09:15:31Z"},
        response_only=True,
    )
]
ITEMS = [
    OpenApiExample(
        "Enrolled",
        value={
            "user_id": "ada",
            "result": "enrolled",
            "reason": "enrolled",
            "images_used": 3,
            "line": None,
            "images": [
                {"file": "1.jpg", "reason": "accepted"},
                {"file": "2.jpg", "reason": "accepted"},
                {"file": "3.jpg", "reason": "accepted"},
            ],
            "finished_at": "2026-03-02T09:14:10Z",
        },
        response_only=True,
    ),
    OpenApiExample(
        "Refused",
        value={
            "user_id": "bob",
            "result": "refused",
            "reason": "blurred",
            "images_used": 0,
            "line": None,
            "images": [{"file": "bob.jpg", "reason": "blurred"}],
            "finished_at": "2026-03-02T09:14:11Z",
        },
        response_only=True,
    ),
]
