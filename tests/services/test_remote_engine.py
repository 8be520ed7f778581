"""Frames measured by a real worker: as in this process, seen by nobody else, gone from Redis."""

import time
from dataclasses import astuple

import numpy as np
import pytest
from redis.connection import Connection

from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.remote.mailbox import mailbox
from faceplatform.engine.types import Following, Wants
from faceplatform.errors import ImageError
from tests.photographs import photo
from tests.pictures import noise, to_jpeg
from tests.services.marks import services

pytestmark = [*services, pytest.mark.django_db, pytest.mark.real_engine]


def picture(name: str) -> bytes:
    return photo(name).read_bytes()


def everything_in(broker) -> dict[bytes, bytes]:
    """Return every key with its content, in Redis's own format."""
    return {key: broker.dump(key) or b"" for key in broker.scan_iter()}


def test_enrolled_by_one_photograph_verified_by_another(worker, remote, api):
    token = api.enrollment_token("obama", target_samples=1)
    answer = api.post_frame(token, picture("obama.jpg")).json()
    assert answer["enrollment_complete"], answer
    assert api.verify(picture("obama2.jpg"), "obama")["success"] is True
    assert api.verify(picture("biden.jpg"), "obama")["success"] is False


def test_a_worker_measures_what_this_process_would(worker, remote):
    astronaut = picture("astronaut.png")
    local, distant = (
        engine.measure(astronaut, wants=Wants()) for engine in (LocalEngine(lanes=1), remote)
    )
    assert (distant.digest, distant.fingerprint) == (local.digest, local.fingerprint)
    here, there = local.analysis, distant.analysis
    assert there.boxes == here.boxes
    assert there.model == here.model
    assert list(there.stages) == ["queue", *here.stages]
    assert there.face.embedding.dtype == np.float32
    assert np.array_equal(there.face.embedding, here.face.embedding)
    assert astuple(there.face.quality) == astuple(here.face.quality)


def test_a_worker_follows_the_face_of_a_stream(worker, remote):
    astronaut, tracks = picture("astronaut.png"), []
    for engine in (LocalEngine(lanes=1), remote):
        first = engine.measure(astronaut, wants=Wants(), following=Following()).analysis
        second = engine.measure(astronaut, wants=Wants(), following=Following(first.track))
        assert "detection" in first.stages
        assert "detection" not in second.analysis.stages
        tracks.append((first.track, second.analysis.track))
    assert tracks[0] == tracks[1]
    assert tracks[0][1].age == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", to_jpeg(noise(200, 200))[:500], to_jpeg(noise(20, 20))],
    ids=["empty", "unreadable", "truncated", "too small"],
)
def test_a_bad_picture_is_refused_as_it_would_be_here(worker, remote, data):
    with pytest.raises(ImageError) as here:
        decode(data)
    with pytest.raises(ImageError) as there:
        remote.measure(data, wants=Wants())
    assert (there.value.code, there.value.detail) == (here.value.code, here.value.detail)


def test_nothing_of_a_frame_stays_in_redis(worker, remote, broker):
    obama = picture("obama.jpg")
    for _ in range(100):
        vector = remote.measure(obama, wants=Wants()).analysis.face.embedding.tobytes()
    left = everything_in(broker)
    ours = {key for key in left if key.startswith((b"faceplatform:", b"frames"))}
    assert ours == {b"faceplatform:workers"}
    for held in left.values():
        assert obama[:64] not in held
        assert vector[:16] not in held


def test_a_frame_costs_two_round_trips(worker, remote, monkeypatch):
    obama = picture("obama.jpg")
    remote.measure(obama, wants=Wants())  # connects
    sent = []
    send = Connection.send_packed_command

    def count(self, command, *arguments, **options):
        sent.append(command)
        return send(self, command, *arguments, **options)

    monkeypatch.setattr(Connection, "send_packed_command", count)
    remote.measure(obama, wants=Wants())
    assert len(sent) == 2  # the image, its admission and its task; the answer


def test_a_clock_that_jumps_drops_no_frame(start, remote, monkeypatch):
    """Deadlines are Redis's: the web process's clock jumps ahead while the worker's goes back."""
    obama, now = picture("obama.jpg"), time.time
    with start(FACEPLATFORM_WORKER_ENGINE="tests.services.engines.Yesterday"):
        for days in (1, -1, 365):
            monkeypatch.setattr(time, "time", lambda days=days: now() + days * 86_400)
            assert remote.measure(obama, wants=Wants()).analysis.face is not None
            assert mailbox().look().processes
