"""A measurement survives the way from a worker, every bit of it."""

from dataclasses import asdict, replace

import msgpack
import numpy as np
import pytest

from faceplatform.engine import testing as fake
from faceplatform.engine.remote import codec
from faceplatform.engine.types import FrameAnalysis, Measurement
from faceplatform.errors import EngineError


def measured(analysis: FrameAnalysis) -> Measurement:
    return Measurement("d1", bytes(range(32)), analysis)


def there_and_back(analysis: FrameAnalysis) -> FrameAnalysis:
    unpacked = codec.unpack(codec.pack(measured(analysis)))
    assert isinstance(unpacked, Measurement)
    assert (unpacked.digest, unpacked.fingerprint) == ("d1", bytes(range(32)))
    return unpacked.analysis


@pytest.mark.parametrize("liveness", [fake.LIVE, fake.SPOOF, fake.UNCLEAR, None])
def test_one_face(liveness):
    sent = replace(fake.analysis(liveness=liveness), stages={"detection": 1 / 3, "quality": 0.1})
    got = there_and_back(sent)
    assert (got.boxes, got.model, got.stages) == (sent.boxes, sent.model, sent.stages)
    for name in ("box", "presence", "pose", "quality", "liveness"):
        assert getattr(got.face, name) == getattr(sent.face, name)
    assert got.face.embedding.dtype == np.float32
    assert got.face.embedding.tobytes() == sent.face.embedding.tobytes()


@pytest.mark.parametrize("kept", [None, b"a JPEG"])
def test_the_image_to_keep(kept):
    unpacked = codec.unpack(codec.pack(replace(measured(fake.analysis()), kept_image=kept)))
    assert isinstance(unpacked, Measurement)
    assert unpacked.kept_image == kept


@pytest.mark.parametrize("faces", [0, 2])
def test_no_face_and_several(faces):
    got = there_and_back(fake.analysis(faces=faces))
    assert len(got.boxes) == faces
    assert got.face is None


def test_a_face_without_embedding():
    sent = fake.analysis()
    got = there_and_back(replace(sent, face=replace(sent.face, embedding=None)))
    assert got.face.embedding is None


def test_a_failure_is_its_code_and_detail():
    failure = codec.Failure("image_too_small", "The image has 9 x 9 pixels")
    assert codec.unpack(codec.pack_failure(failure)) == failure


def packed(**changes) -> bytes:
    fields = msgpack.unpackb(codec.pack(measured(fake.analysis())))
    return msgpack.packb(fields | changes)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        msgpack.packb(7),
        packed()[:-10],
        packed() + b"\x00",
        packed(model={"name": "fake"}),
        packed(model=asdict(replace(fake.MODEL, dimension=64))),
        packed(boxes=[{"left": 1}]),
    ],
)
def test_what_is_not_understood_is_an_error(data):
    with pytest.raises(EngineError):
        codec.unpack(data)
