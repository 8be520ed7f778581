"""One process of the concurrency tests: posts one frame when told to.

    python -m tests.services.frame_process DATABASE ACCESS_TOKEN SESSION_TOKEN PICTURE

Shows the person "alice" in picture number PICTURE. Says "ready", waits for a line, posts, and
says status and body as JSON.
"""

import json
import os
import sys

import django


def main(database: str, access: str, token: str, picture: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.test_services")
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    settings.ALLOWED_HOSTS = ["testserver"]
    django.setup()

    from faceplatform.engine import registry
    from faceplatform.engine.testing import FakeEngine
    from tests.stage import CALIBRATION, Stage, anonymous, noise, upload

    settings.FACEPLATFORM_CALIBRATION_DIR = CALIBRATION
    stage = Stage()
    data = noise(picture)
    stage.show(data, person="alice", sample=picture)
    registry.set_engine(FakeEngine(stage.analyze))
    http = anonymous()
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    body = {"session_token": token, "image": upload(data)}
    answer = http.post("/api/auth/process-image/", body, format="multipart")
    print(json.dumps([answer.status_code, answer.json()]), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
