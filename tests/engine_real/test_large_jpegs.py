"""A JPEG of many megapixels is measured at half scale, with equal results."""

import numpy as np
import pytest
from PIL import Image

from faceplatform.conf import CapturePolicy
from faceplatform.engine import base
from faceplatform.engine.decoding import decode as decoding
from faceplatform.engine.decoding.decode import decode, encode, read
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.types import Wants
from faceplatform.sessions.acceptance import frame_refusal
from tests import pictures
from tests.photographs import photo

pytestmark = pytest.mark.real_engine

POLICY = CapturePolicy(liveness="off")
SIDE = 3200  # ten megapixels


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine(lanes=1)


@pytest.fixture
def reductions(monkeypatch) -> list[int]:
    """Return the reductions at which the engine decodes, in order."""
    seen = []

    def decode_frame(encoded, *, digest, reduction):
        seen.append(reduction)
        return decoding.decode_frame(encoded, digest=digest, reduction=reduction)

    monkeypatch.setattr(base, "decode_frame", decode_frame)
    return seen


def enlarged(name: str, *, share: float = 1.0, **options) -> bytes:
    """Return a square JPEG with a photograph that takes a share of its width."""
    with Image.open(photo(name)) as opened:
        image = opened.convert("RGB")
    width = round(SIDE * share)
    image = image.resize((width, round(width * image.height / image.width)))
    canvas = Image.new("RGB", (SIDE, SIDE), (120, 130, 140))
    canvas.paste(image, (0, 0))
    return pictures.encode(np.asarray(canvas), "JPEG", quality=90, **options)


@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg", "obama3.jpg"])
@pytest.mark.parametrize("progressive", [False, True])
def test_the_measurement_is_that_of_the_full_picture(engine, reductions, name, progressive):
    data = enlarged(name, progressive=progressive)
    measured = engine.measure(data, wants=Wants())
    assert reductions == [2]
    full = engine.analyze(decode(data), wants=Wants())
    got = measured.analysis
    assert frame_refusal(got, POLICY) == frame_refusal(full, POLICY)
    assert got.face.embedding @ full.face.embedding > 0.998
    for side in ("x", "y", "width", "height"):
        assert getattr(got.face.box, side) == pytest.approx(
            getattr(full.face.box, side), abs=0.02 * full.face.box.width
        )
        assert getattr(got.boxes[0], side) == getattr(got.face.box, side)
    assert got.face.quality.eye_distance == pytest.approx(full.face.quality.eye_distance, rel=0.03)
    assert got.face.quality.unified == pytest.approx(full.face.quality.unified, abs=0.03)


def test_a_small_face_is_measured_in_full(engine, reductions):
    data = enlarged("obama.jpg", share=0.2)
    measured = engine.measure(data, wants=Wants())
    assert reductions == [2, 1]
    assert measured.analysis.face.box == engine.analyze(decode(data), wants=Wants()).face.box


def test_no_face_is_looked_for_in_full(engine, reductions):
    nobody = pictures.to_jpeg(pictures.plain(SIDE, SIDE))
    assert engine.measure(nobody, wants=Wants()).analysis.boxes == ()
    assert reductions == [2, 1]


@pytest.mark.parametrize(
    ("side", "file_format"), [(1200, "JPEG"), (3200, "PNG"), (3200, "WEBP"), (2800, "JPEG")]
)
def test_others_are_measured_in_full_at_once(engine, reductions, side, file_format):
    options = {"method": 0} if file_format == "WEBP" else {}
    nobody = pictures.encode(pictures.plain(side, side), file_format, **options)
    engine.measure(nobody, wants=Wants())
    assert reductions == [1]


def test_the_kept_image_is_the_frame_that_was_measured(engine, reductions):
    kept = engine.measure(enlarged("obama.jpg"), wants=Wants(kept_image=True)).kept_image
    assert (read(kept).width, read(kept).height) == (SIDE // 2, SIDE // 2)
    again = engine.measure(kept, wants=Wants()).analysis.face
    assert frame_refusal(engine.measure(kept, wants=Wants()).analysis, POLICY) is None
    assert again.quality.eye_distance > 120


def test_without_one_face_no_image_is_kept(engine):
    nobody = encode(decode(pictures.to_png(pictures.plain(200, 200))))
    assert engine.measure(nobody, wants=Wants(kept_image=True)).kept_image is None
