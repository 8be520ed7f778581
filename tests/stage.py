"""Vocabulary of tests: a stage that decides what frames show, and the API as a caller sees it."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient

from clients.credentials import IssuedCredential
from clients.models import Client
from faceplatform.engine import testing as fake
from faceplatform.engine.types import Frame, FrameAnalysis, Quality, Wants
from faceplatform.matching.embeddings import Embedding

CALIBRATION = Path(__file__).parent / "calibration"


class Stage:
    """Makes images and remembers the analysis that the engine shall return for each.

    ``meanwhile`` is called while a frame is measured: after the session was found open, before
    its row is locked.
    """

    def __init__(self) -> None:
        self._shows: dict[str, FrameAnalysis] = {}
        self._images = 0
        self.meanwhile: Callable[[], object] = lambda: None

    def frame(self, person: str = "alice", **shown: Any) -> bytes:
        """Return a new, unique image that shows the next sample of a person."""
        self._images += 1
        data = noise(self._images)
        self.show(data, person=person, **{"sample": self._images, **shown})
        return data

    def show(self, data: bytes, *, embedding: Embedding | None = None, **shown: Any) -> None:
        analysis = fake.analysis(**shown)
        if embedding is not None and analysis.face is not None:
            analysis = replace(analysis, face=replace(analysis.face, embedding=embedding))
        self._shows[hashlib.sha256(data).hexdigest()] = analysis

    def analyze(self, frame: Frame, wants: Wants) -> FrameAnalysis:
        self.meanwhile()
        return self._shows[frame.digest]


def quality(**measures: float) -> Quality:
    """Return good quality except for these measures."""
    return replace(fake.GOOD_QUALITY, **measures)


def old_calibration(folder: Path) -> Path:
    """Write the scripted engine's calibration as the first releases did, without a promise."""
    data = json.loads((CALIBRATION / "fake.json").read_text())
    old = {name: data[name] for name in ("model", "source", "tables")}
    (folder / "fake.json").write_text(json.dumps(old))
    return folder


def noise(seed: int) -> bytes:
    """Return an image with a unique fingerprint."""
    values = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(values).resize((128, 128), Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()


def upload(data: bytes, name: str = "frame.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def as_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """Assert that an answer is a complete problem document of this status and code. Return it."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["code"] == code
    assert body["type"] == f"urn:faceplatform:problem:{code}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == response["X-Request-ID"]
    return body


def anonymous() -> APIClient:
    """Return a caller without any token. Errors are answered, not raised."""
    return APIClient(raise_request_exception=False)


def browser(token: str) -> APIClient:
    """Return a caller that holds only the token of one session."""
    http = anonymous()
    http.credentials(HTTP_X_SESSION_TOKEN=token)
    return http


def limit(api: "Api", **limits: Any) -> None:
    """Set limits of the client that differ from its tier's."""
    api.client.limits = limits
    api.client.full_clean()
    api.client.save(update_fields=["limits"])


@dataclass
class Api:
    """The API as seen by one client.

    Attributes:
        enrollment_id: of an enrollment that the test made before.
    """

    http: APIClient
    client: Client
    issued: IssuedCredential
    enrollment_id: str = ""

    def also_send(self, **headers: Any) -> None:
        """Add headers to all further calls, in addition to the authorization."""
        self.http.credentials(**self.http._credentials, **headers)  # type: ignore[attr-defined]

    @property
    def authorization(self) -> str:
        """Return the value of the header."""
        return str(self.http._credentials["HTTP_AUTHORIZATION"])  # type: ignore[attr-defined]

    def open_enrollment(self, user_id: str = "alice", **fields: Any):
        body = {"user_id": user_id, "session_type": "api", **fields}
        return self.http.post("/api/auth/enrollment/", body, format="json")

    def open_authentication(self, user_id: str | None = None, **fields: Any):
        body = {"session_type": "api", **fields}
        if user_id is not None:
            body["user_id"] = user_id
        return self.http.post("/api/auth/authentication/", body, format="json")

    def post_frame(self, token: str, data: bytes, **fields: Any):
        body = {"session_token": token, "image": upload(data), **fields}
        return self.http.post("/api/auth/process-image/", body, format="multipart")

    def session(self, token: str):
        return self.http.get(f"/api/auth/sessions/{token}/")

    def cancel(self, token: str):
        return self.http.delete(f"/api/auth/sessions/{token}/")

    def enrollment(self, enrollment_id: str):
        return self.http.get(f"/api/auth/enrollments/{enrollment_id}/")

    def remove(self, enrollment_id: str):
        return self.http.delete(f"/api/auth/enrollments/{enrollment_id}/")

    def enrollment_token(self, user_id: str = "alice", **fields: Any) -> str:
        return str(self.open_enrollment(user_id, **fields).json()["session_token"])

    def authentication_token(self, user_id: str | None = None, **fields: Any) -> str:
        return str(self.open_authentication(user_id, **fields).json()["session_token"])

    def verify(self, data: bytes, user_id: str = "alice") -> dict[str, Any]:
        """Post one frame to a new verification. Return the answer."""
        answer: dict[str, Any] = self.post_frame(self.authentication_token(user_id), data).json()
        return answer

    def identify(self, data: bytes) -> dict[str, Any]:
        """Post one frame to a new identification. Return the answer."""
        answer: dict[str, Any] = self.post_frame(self.authentication_token(), data).json()
        return answer

    def enroll(
        self, stage: Stage, user_id: str = "alice", *, frames: int = 3, person: str = ""
    ) -> dict[str, Any]:
        """Enroll a user with the face of the person of the same name, or of another person."""
        opened: dict[str, Any] = self.open_enrollment(user_id, target_samples=frames).json()
        for _ in range(frames):
            answer = self.post_frame(opened["session_token"], stage.frame(person or user_id))
        assert answer.json()["enrollment_complete"], answer.json()
        return opened
