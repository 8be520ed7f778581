"""The tests' own words: a stage whose frames show what is asked, the API as a caller sees it."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient

from clients.credentials import IssuedCredential
from clients.models import Client
from faceplatform.engine import fake
from faceplatform.engine.types import Frame, FrameAnalysis, Wants


class Stage:
    """Makes pictures and remembers what the engine shall say about each."""

    def __init__(self) -> None:
        self._shows: dict[str, FrameAnalysis] = {}
        self._pictures = 0

    def frame(self, person: str = "alice", **shown: Any) -> bytes:
        """A new picture, unlike every other one, of that person's next sample."""
        self._pictures += 1
        data = noise(self._pictures)
        self.show(data, person=person, **{"sample": self._pictures, **shown})
        return data

    def show(self, data: bytes, **shown: Any) -> None:
        self._shows[hashlib.sha256(data).hexdigest()] = fake.analysis(**shown)

    def analyze(self, frame: Frame, wants: Wants) -> FrameAnalysis:
        return self._shows[frame.digest]


def noise(seed: int) -> bytes:
    """A picture with a fingerprint of its own."""
    values = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(values).resize((128, 128), Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()


def upload(data: bytes, name: str = "frame.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


@dataclass
class Api:
    """One client's view of the API."""

    http: APIClient
    client: Client
    issued: IssuedCredential

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

    def enroll(self, stage: Stage, user_id: str = "alice", *, frames: int = 3) -> dict[str, Any]:
        """Enroll a user whose face is that of the person of the same name."""
        opened = self.open_enrollment(user_id, target_samples=frames).json()
        for _ in range(frames):
            answer = self.post_frame(opened["session_token"], stage.frame(user_id))
        assert answer.json()["enrollment_complete"], answer.json()
        return opened
