"""The converted networks against dlib itself, and refusals of the reader."""

import hashlib

import dlib
import numpy as np
import onnx
import pytest

from faceplatform.engine.catalogue import manifest, weights
from faceplatform.engine.preparation import onnx_writer
from faceplatform.engine.preparation.dlib import (
    floats as dlib_onnx,
)
from faceplatform.engine.preparation.dlib import (
    int8 as dlib_int8_onnx,
)
from faceplatform.engine.preparation.dlib import (
    network as dlib_network,
)
from faceplatform.engine.runtime import load_onnx_session
from faceplatform.errors import ModelCorrupted
from tests import pictures
from tests.photographs import photo

pytestmark = pytest.mark.real_engine

PEOPLE = ["obama.jpg", "obama2.jpg", "biden.jpg", "astronaut.png"]


@pytest.fixture(scope="module")
def source():
    return weights.locate("dlib_source")


@pytest.fixture(scope="module")
def session(tmp_path_factory, source):
    path = tmp_path_factory.mktemp("dlib") / "net.onnx"
    path.write_bytes(dlib_onnx.convert(dlib_network.read(source)))
    return load_onnx_session(path)


@pytest.fixture(scope="module")
def in_whole_numbers(tmp_path_factory, source):
    path = tmp_path_factory.mktemp("dlib") / "net.onnx"
    path.write_bytes(dlib_int8_onnx.convert(dlib_network.read(source)))
    return load_onnx_session(path)


@pytest.fixture(scope="module")
def dlib_net(source):
    return dlib.face_recognition_model_v1(str(source))


@pytest.fixture(scope="module")
def chips(source):
    """Return colour chips cut by dlib's own aligner: uint8, (4, 150, 150, 3)."""
    detect = dlib.get_frontal_face_detector()
    predictor = dlib.shape_predictor(str(source.with_name("shape_predictor_5_face_landmarks.dat")))
    cut = []
    for name in PEOPLE:
        pixels = pictures.read(photo(name))
        (face,) = detect(pixels, 0)
        cut.append(dlib.get_face_chip(pixels, predictor(pixels, face), dlib_network.INPUT_SIDE))
    return np.stack(cut)


def embed(session, chips):
    (embeddings,) = session.run([onnx_writer.OUTPUT], {onnx_writer.INPUT: chips})
    return embeddings


def normalised(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def test_embeddings_are_those_of_dlib(session, dlib_net, chips):
    ours = embed(session, chips).astype(np.float64)
    theirs = normalised(np.array([dlib_net.compute_face_descriptor(chip) for chip in chips]))
    assert np.sum(normalised(ours) * theirs, axis=1).min() > 1 - 1e-6
    assert np.abs(ours - theirs).max() < 1e-5


def test_embeddings_have_length_one(session, chips):
    embeddings = embed(session, chips)
    assert embeddings.shape == (4, dlib_network.DIMENSION)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-6)


def test_a_face_alone_and_in_a_batch_gives_the_same(session, chips):
    alone = np.concatenate([embed(session, chip[None]) for chip in chips])
    np.testing.assert_allclose(embed(session, chips), alone, atol=1e-6)


def test_swapped_colours_are_noticed(session, chips):
    """Otherwise the comparison with dlib could not distinguish RGB from BGR."""
    swapped = embed(session, np.ascontiguousarray(chips[..., ::-1]))
    assert np.linalg.norm(swapped - embed(session, chips), axis=1).min() > 0.1


def test_whole_numbers_give_nearly_the_same_embeddings(in_whole_numbers, dlib_net, chips):
    """Each rounding error is small. For the effect on accuracy see docs/accuracy.md."""
    ours = embed(in_whole_numbers, chips).astype(np.float64)
    theirs = normalised(np.array([dlib_net.compute_face_descriptor(chip) for chip in chips]))
    assert np.sum(ours * theirs, axis=1).min() > 0.997


def test_whole_numbers_stay_within_sixteen_bits(source):
    """Processors without VNNI add two products in 16 bits."""
    model = onnx.load_from_string(dlib_int8_onnx.convert(dlib_network.read(source)))
    whole = [w for w in model.graph.initializer if w.data_type == onnx.TensorProto.INT8]
    assert len(whole) == 29 + 4  # and the shortcuts that halve
    for each in whole:
        assert 2 * 255 * np.abs(onnx.numpy_helper.to_array(each).astype(int)).max() < 2**15


@pytest.mark.parametrize(
    ("name", "convert"),
    [("dlib", dlib_int8_onnx.convert), ("dlib-fp32", dlib_onnx.convert)],
)
def test_the_conversion_gives_the_file_of_the_manifest(source, name, convert):
    data = convert(dlib_network.read(source))
    model = manifest.MANIFEST[name]
    assert len(data) == model.size
    assert hashlib.sha256(data).hexdigest() == model.sha256


@pytest.mark.parametrize("share", [0, 0.00001, 0.001, 0.5, 0.999999])
def test_a_truncated_file_is_refused(tmp_path, source, share):
    data = source.read_bytes()
    path = tmp_path / "cut.dat"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ModelCorrupted, match="ends early"):
        dlib_network.read(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"loss_metric_2", b"loss_binary_2"),
        (b"con_4", b"con_5"),
        (b"add_prev_", b"mult_prev"),
        (b"max_pool_2\x01\x03\x01\x03", b"max_pool_2\x01\x05\x01\x05"),
        (b"\x01\x96\x01\x96", b"\x01\x96\x01\x95"),
        (b"\x01\x01\x01\x02\x01\x02", b"\x01\x01\x01\x01\x01\x02"),
        (b"fc_2\x01\x80", b"fc_2\x01\x40"),
    ],
)
def test_another_network_is_refused(tmp_path, source, old, new):
    data = source.read_bytes()
    assert old in data
    path = tmp_path / "other.dat"
    path.write_bytes(data.replace(old, new, 1))
    with pytest.raises(ModelCorrupted):
        dlib_network.read(path)


def test_bytes_after_the_network_are_refused(tmp_path, source):
    path = tmp_path / "long.dat"
    path.write_bytes(source.read_bytes() + b"\0")
    with pytest.raises(ModelCorrupted, match="after the network"):
        dlib_network.read(path)


def test_what_is_no_onnx_file_is_refused(tmp_path, source):
    with pytest.raises(ModelCorrupted, match="not an ONNX file"):
        load_onnx_session(source)
