"""An answered request leaves no image in memory until the next garbage collection."""

import base64
import gc
from io import BytesIO
from typing import Any

import pytest

from faceplatform.engine import registry
from faceplatform.engine.testing import FakeEngine
from faceplatform.errors import EngineBusy
from tests.stage import upload

pytestmark = pytest.mark.django_db
LARGE = 1_000_000
# Types of the test client and of pytest.
_NOT_OURS = ("FakePayload", "frame")


def is_large(value: Any) -> bool:
    kind = type(value)  # not isinstance: it dereferences weak references, which may be dead
    if issubclass(kind, BytesIO):
        return not value.closed and value.getbuffer().nbytes >= LARGE
    return issubclass(kind, bytes | str) and len(value) >= LARGE


def holders() -> set[str]:
    """Return the types of the objects that refer to a large object."""
    payloads = [vars(o) for o in gc.get_objects() if type(o).__name__ == "FakePayload"]
    return {
        type(holder).__name__
        for holder in gc.get_objects()
        if type(holder).__name__ not in _NOT_OURS and not any(holder is p for p in payloads)
        if any(map(is_large, gc.get_referents(holder)))
    }


@pytest.fixture
def no_collection():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def busy(frame, wants):
    raise EngineBusy(retry_after=1)


@pytest.mark.parametrize("format", ["multipart", "json"])
@pytest.mark.parametrize("is_busy", [False, True])
def test_nothing_large_is_left(api, stage, no_collection, format, is_busy):
    token = api.enrollment_token()
    picture = stage.frame() + bytes(LARGE)
    stage.show(picture, sample=50, person="alice")
    if is_busy:
        registry.set_engine(FakeEngine(busy))
    image = upload(picture) if format == "multipart" else base64.b64encode(picture).decode()
    fields = {"session_token": token, "image": image}
    before = holders()
    answer = api.http.post("/api/auth/process-image/", fields, format=format)
    assert answer.status_code == (503 if is_busy else 200)
    del answer, fields, image, picture
    assert holders() <= before - {"list"}
