"""Passive liveness with the real nets, where their weights are."""

from io import BytesIO

import pytest
from PIL import Image

from faceplatform.engine import registry
from faceplatform.engine.catalogue import weights
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.preparation import installation
from tests import pictures
from tests.photographs import photo, shared

pytestmark = [pytest.mark.django_db, pytest.mark.real_engine, pytest.mark.shared_photos]

NETS = ("minifasnet_v2", "minifasnet_v1se")


@pytest.fixture
def passive(make_api, tmp_path, settings):
    """A client that demands liveness, and an engine that has its weights."""
    source = shared("models")
    installed = [weights.locate(name) for name in weights.DEFAULT]
    settings.FACEPLATFORM_MODELS_DIR = tmp_path
    for path in installed:
        (tmp_path / path.name).symlink_to(path)
    for net in NETS:
        installation.prepare(net, source_dir=source)
    registry.set_engine(LocalEngine())
    return make_api(liveness="passive")


def test_a_live_person_is_verified_live(passive):
    token = passive.open_enrollment(target_samples=1).json()["session_token"]
    enrolled = passive.post_frame(token, photo("obama.jpg").read_bytes()).json()
    assert enrolled["enrollment_complete"] is True
    assert enrolled["liveness_verified"] is True
    assert enrolled["liveness_score"] > 0.5
    token = passive.open_authentication("alice").json()["session_token"]
    answer = passive.post_frame(token, photo("obama2.jpg").read_bytes()).json()
    assert (answer["success"], answer["liveness_verified"]) == (True, True)


def saved_again(data: bytes, kind: str, *, scale: float = 1.0, **options) -> bytes:
    image, buffer = Image.open(BytesIO(data)).convert("RGB"), BytesIO()
    size = (round(image.width * scale), round(image.height * scale))
    image.resize(size, Image.Resampling.LANCZOS).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("user_id", ["alice", None], ids=["verification", "identification"])
def test_the_enrollments_own_photograph_verifies_nobody(passive, user_id):
    own = photo("obama.jpg").read_bytes()
    token = passive.enrollment_token(target_samples=1)
    assert passive.post_frame(token, own).json()["enrollment_complete"] is True
    copies = [
        own,
        saved_again(own, "JPEG", quality=85),
        saved_again(own, "JPEG", quality=60),
        saved_again(own, "WEBP", quality=80),
        saved_again(own, "PNG"),
        saved_again(own, "JPEG", scale=0.5, quality=90),
        saved_again(own, "JPEG", scale=1.3, quality=90),
    ]
    for data in copies:
        token = passive.authentication_token(user_id)
        answer = passive.post_frame(token, data).json()
        assert (answer["reason"], answer["result"]) == ("frame_repeated", None)
        assert answer["liveness_verified"] is False
    another = passive.post_frame(token, photo("obama2.jpg").read_bytes()).json()
    assert (another["result"], another["liveness_verified"]) == ("success", True)


@pytest.mark.parametrize("attack", ["attack_F1.jpg", "attack_F2.jpg"])
def test_attacks_are_refused_and_end_the_session(passive, attack):
    token = passive.open_authentication().json()["session_token"]
    data = shared(f"faces/liveness/{attack}").read_bytes()
    answers = [passive.post_frame(token, data).json() for _ in range(3)]
    assert [answer["reason"] for answer in answers] == [
        "spoof_suspected",
        "spoof_suspected",
        "liveness_failed",
    ]
    assert answers[-1]["result"] == "failure"
    assert answers[-1]["liveness_verified"] is False


def test_a_grey_picture_cannot_be_judged(passive):
    gray = pictures.read(photo("obama.jpg")).mean(axis=2, keepdims=True).repeat(3, axis=2)
    token = passive.open_enrollment().json()["session_token"]
    answer = passive.post_frame(token, pictures.to_jpeg(gray.astype("uint8"))).json()
    assert answer["reason"] == "liveness_unclear"
    assert answer["liveness_score"] is None


def test_without_the_weights_no_session_opens(make_api, tmp_path, settings):
    settings.FACEPLATFORM_MODELS_DIR = tmp_path
    registry.set_engine(LocalEngine())
    refused = make_api(liveness="passive").open_enrollment()
    assert refused.status_code == 503
    assert refused.json()["code"] == "liveness_unavailable"
