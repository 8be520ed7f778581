"""Frames measured by a real worker: as here, told to nobody else, gone from Redis."""

from dataclasses import astuple

import numpy as np
import pytest

from faceplatform.engine.decode import decode
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.types import Wants
from tests.photographs import photo
from tests.services.marks import services

pytestmark = [*services, pytest.mark.django_db, pytest.mark.real_engine]


def picture(name: str) -> bytes:
    return photo(name).read_bytes()


def everything_in(broker) -> dict[bytes, bytes]:
    """Every key with what it holds, as Redis itself writes it out."""
    return {key: broker.dump(key) or b"" for key in broker.scan_iter()}


def test_enrolled_by_one_photograph_verified_by_another(worker, remote, api):
    token = api.enrollment_token("obama", target_samples=1)
    answer = api.post_frame(token, picture("obama.jpg")).json()
    assert answer["enrollment_complete"], answer
    assert api.verify(picture("obama2.jpg"), "obama")["success"] is True
    assert api.verify(picture("biden.jpg"), "obama")["success"] is False


def test_a_worker_measures_what_this_process_would(worker, remote):
    frame = decode(picture("astronaut.png"))
    here = LocalEngine(lanes=1).analyze(frame, wants=Wants())
    there = remote.analyze(frame, wants=Wants())
    assert there.boxes == here.boxes
    assert there.model == here.model
    assert list(there.stages) == list(here.stages)
    assert there.face.embedding.dtype == np.float32
    assert np.array_equal(there.face.embedding, here.face.embedding)
    assert astuple(there.face.quality) == astuple(here.face.quality)


def test_nothing_of_a_frame_stays_in_redis(worker, remote, broker):
    frame = decode(picture("obama.jpg"))
    for _ in range(20):
        vector = remote.analyze(frame, wants=Wants()).face.embedding.tobytes()
    left = everything_in(broker)
    assert not [key for key in left if key.startswith((b"faceplatform:", b"frames"))]
    for held in left.values():
        assert frame.encoded[:64] not in held
        assert vector[:16] not in held
