"""A measurement arrives from a worker unchanged, to the bit."""

import json
from contextlib import suppress
from dataclasses import asdict, replace

import msgspec
import numpy as np
import pytest

from faceplatform.engine import testing as fake
from faceplatform.engine.remote import codec
from faceplatform.engine.remote.codec import following_of
from faceplatform.engine.types import Box, Following, FrameAnalysis, Measurement, Track
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
    for name in ("box", "presence", "pose", "quality", "liveness", "gestures", "patch"):
        assert getattr(got.face, name) == getattr(sent.face, name)
    assert got.face.embedding.dtype == np.float32
    assert got.face.embedding.tobytes() == sent.face.embedding.tobytes()


@pytest.mark.parametrize("shape", [(160, 120), (120, 160), (1, 1)])
def test_a_patch(shape):
    patch = np.arange(shape[0] * shape[1]).reshape(shape).astype(np.uint8)
    got = there_and_back(fake.analysis(patch=patch)).face.patch
    assert (got.dtype, got.shape) == (np.uint8, shape)
    assert (got == patch).all()


@pytest.mark.parametrize("patch", [b"", b"\x00", b"\x01", b"\x02abc", b"\xa1" + bytes(161), "text"])
def test_a_patch_of_other_bytes_is_an_error(patch):
    fields = msgspec.msgpack.decode(codec.pack(measured(fake.analysis())))
    fields["analysis"]["face"]["patch"] = patch
    with pytest.raises(EngineError):
        codec.unpack(msgspec.msgpack.encode(fields))


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


@pytest.mark.parametrize("frames", [None, 0, 3])
def test_the_frames_since_a_look_from_all_sides(frames):
    assert there_and_back(replace(fake.analysis(), upright_frames=frames)).upright_frames == frames


def test_a_failure_is_its_code_and_detail():
    failure = codec.Failure("image_too_small", "The image has 9 x 9 pixels")
    assert codec.unpack(codec.pack(failure)) == failure


def packed(**changes) -> bytes:
    fields = msgspec.msgpack.decode(codec.pack(measured(fake.analysis())))
    fields["analysis"] |= changes
    return msgspec.msgpack.encode(fields)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        msgspec.msgpack.encode(7),
        packed()[:-10],
        packed() + b"\x00",
        packed(model={"name": "fake"}),
        packed(model=asdict(replace(fake.MODEL, dimension=64))),
        packed(boxes=[{"left": 1}]),
        packed(another=1),
        packed(stages={"quality": "0.1"}),
        msgspec.msgpack.encode({"digest": "d1", "fingerprint": b"", "analysis": None}),
        b"\x81\xa1a" + b"\x91" * 100_000,
        msgspec.msgpack.encode(["code", "detail", "more"]),
        msgspec.msgpack.encode([7]),
    ],
)
def test_what_is_not_understood_is_an_error(data):
    with pytest.raises(EngineError):
        codec.unpack(data)


def test_fields_of_another_release_are_not_filled_in():
    fields = msgspec.msgpack.decode(codec.pack(measured(fake.analysis())))
    del fields["kept_image"]
    with pytest.raises(EngineError):
        codec.unpack(msgspec.msgpack.encode(fields))


def test_an_embedding_of_other_bytes_is_an_error():
    fields = msgspec.msgpack.decode(codec.pack(measured(fake.analysis())))
    for embedding in ("text", b"odd", [1.0], fields["analysis"]["face"]["embedding"][:-4]):
        fields["analysis"]["face"]["embedding"] = embedding
        with pytest.raises(EngineError):
            codec.unpack(msgspec.msgpack.encode(fields))


def test_damage_anywhere_is_an_answer_or_an_engine_error():
    data = codec.pack(replace(measured(fake.analysis()), kept_image=b"a JPEG"))
    rng = np.random.default_rng(7)
    for _ in range(2000):
        broken = bytearray(data[: rng.integers(1, len(data) + 1)])
        for place in rng.integers(0, len(broken), 3):
            broken[place] = rng.integers(0, 256)
        with suppress(EngineError):
            assert isinstance(codec.unpack(bytes(broken)), Measurement | codec.Failure)


@pytest.mark.parametrize("track", [None, Track(Box(1, 2, 3, 4, 0.5), 5, 6, 7, 0.1, 640, 480, 3)])
@pytest.mark.parametrize("match_from", [None, {"sharpness": 0.45}])
@pytest.mark.parametrize("upright_frames", [None, 3])
def test_what_is_known_of_a_stream_travels_as_json(track, match_from, upright_frames):
    following = Following(track, match_from, upright_frames)
    assert following_of(json.loads(json.dumps(asdict(following)))) == following


def test_outside_of_a_stream_nothing_is_known():
    assert following_of(None) is None
