"""Scripted gestures before the real engine: the pose, the mouth and the patches of a photograph
over the mesh's depth, and of the photograph as a card. Synthetic: they prove the wiring."""

import numpy as np
import pytest

from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.stages.detection import build_detector
from faceplatform.engine.types import Frame, Wants
from faceplatform.evaluation.synthetic.gestures import (
    EXTREMES,
    REST,
    Posture,
    Presented,
    Step,
    draw,
    sequence,
    surface_of,
)
from faceplatform.liveness.flat_motion import judge_patches
from faceplatform.liveness.parallax import Motion
from tests.photographs import photo

pytestmark = pytest.mark.real_engine

WANTS = Wants(embedding=False, gestures=True, patch=True)
TURNED = (Step.TURN_LEFT, Step.LOOK_UP, Step.TURN_RIGHT)


@pytest.fixture(scope="module")
def engine():
    return LocalEngine(lanes=1)


@pytest.fixture(scope="module")
def portrait(face_mesh):
    pixels = decode(photo("astronaut.png").read_bytes()).pixels[:400, :400]
    detection = build_detector("blazeface").detect(pixels)[0]
    return pixels, face_mesh.measure(pixels, detection).points


@pytest.fixture(scope="module")
def see(engine, portrait):
    """Return a function that measures the face of something in a posture."""
    surfaces = {presented: surface_of(*portrait, presented) for presented in Presented}

    def measure(presented, posture):
        pixels = draw(surfaces[presented], posture)
        frame = Frame(pixels=pixels, digest="", fingerprint=b"")
        return engine.analyze(frame, wants=WANTS).face

    return measure


@pytest.mark.parametrize(
    ("presented", "verdict"),
    [
        (Presented.HEAD, Motion.SOLID),
        (Presented.TURNED_PHOTO, Motion.FLAT),
        (Presented.BENT_PHOTO, Motion.FLAT),
    ],
)
def test_a_head_is_solid_and_a_photo_turned_like_one_is_flat(see, presented, verdict):
    rest, *moved = (see(presented, EXTREMES[step]) for step in (Step.NEUTRAL, *TURNED))
    assert rest.patch.shape == (160, 160)
    assert rest.patch.dtype == np.uint8
    assert judge_patches(rest.patch, [face.patch for face in moved]).motion is verdict


def test_a_bent_photo_that_is_turned_until_it_is_read_as_a_turn_is_flat(see):
    """A bent photograph hides most of its face then, and what is followed of it errs."""
    rest, *moved = (see(Presented.BENT_PHOTO, Posture(yaw=yaw)) for yaw in (0, 30, 40, -40))
    assert all(abs(face.pose.yaw - rest.pose.yaw) >= 15 for face in moved)
    assert judge_patches(rest.patch, [face.patch for face in moved]).motion is Motion.FLAT


def test_gestures_are_read_from_a_head(see):
    rest = see(Presented.HEAD, REST)
    left, up, mouth, blink, closer = (
        see(Presented.HEAD, EXTREMES[step])
        for step in (Step.TURN_LEFT, Step.LOOK_UP, Step.OPEN_MOUTH, Step.BLINK, Step.COME_CLOSER)
    )
    assert left.pose.yaw - rest.pose.yaw > 15
    assert up.pose.pitch - rest.pose.pitch > 10
    # She smiles, and the net reads little more than the smile.
    assert mouth.gestures.mouth_opening > rest.gestures.mouth_opening + 0.05
    assert blink.gestures.eye_opening < 0.55 * rest.gestures.eye_opening
    assert closer.gestures.face_size > 1.3 * rest.gestures.face_size


def test_a_surface_at_rest_is_the_photograph(portrait):
    for presented in Presented:
        drawn = draw(surface_of(*portrait, presented), REST).astype(int)
        assert np.abs(drawn - portrait[0]).mean() < 1.0


def test_a_sequence_has_its_times_and_is_the_same_for_a_seed(portrait):
    steps = [Step.TURN_LEFT]
    frames = list(sequence(*portrait, steps, fps=4, seed=3))
    assert [frame.at for frame in frames] == [0, 0.25, 0.5, 0.75, 1.0, 1.25]
    again = next(iter(sequence(*portrait, steps, fps=4, seed=3)))
    assert (frames[0].pixels == again.pixels).all()
