"""One process of the lockout's tests: posts a stranger's frame to each session, all at once.

    python -m tests.services.guess_process DATABASE ACCESS_TOKEN PICTURE SESSION_TOKEN...

Says "ready", waits for a line, posts from one thread for each session, and says the answers as
JSON.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import django


def main(database: str, access: str, picture: int, tokens: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.test_services")
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    settings.ALLOWED_HOSTS = ["testserver"]
    django.setup()

    from django.db import connection

    from faceplatform.engine import registry
    from faceplatform.engine.testing import FakeEngine
    from tests.stage import CALIBRATION, Stage, anonymous, noise, upload

    settings.FACEPLATFORM_CALIBRATION_DIR = CALIBRATION
    stage = Stage()
    frames = [noise(picture + number) for number in range(len(tokens))]
    for number, data in enumerate(frames):
        stage.show(data, person="mallory", sample=picture + number)
    registry.set_engine(FakeEngine(stage.analyze))

    def post(token: str, data: bytes) -> dict:
        http = anonymous()
        http.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
        body = {"session_token": token, "image": upload(data)}
        try:
            return http.post("/api/auth/process-image/", body, format="multipart").json()
        finally:
            connection.close()

    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    with ThreadPoolExecutor(len(tokens)) as pool:
        print(json.dumps(list(pool.map(post, tokens, frames))), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
