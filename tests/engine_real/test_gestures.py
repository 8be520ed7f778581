"""The real nets read each gesture from frames. The frames are synthetic: a photograph whose mesh is
turned, opened and brought closer. A blink is not among them: drawn lids are no lids to the net."""

import pytest

from faceplatform.conf import CapturePolicy
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.types import Frame, Wants
from faceplatform.evaluation.synthetic import gestures as scripted
from faceplatform.evaluation.synthetic.gestures import EXTREMES, Presented, Step
from faceplatform.liveness.gestures import Appearance, Gesture, is_at_rest, shown
from faceplatform.matching.embeddings import similarity
from faceplatform.sessions.acceptance import gesture_refusal
from tests import pictures
from tests.photographs import photo

pytestmark = pytest.mark.real_engine

POLICY = CapturePolicy(liveness="challenge")
# The threshold of one frame against two at a false match rate of 1e-3.
SAME_PERSON = 0.935
# By the person's own left: a head that turns left looks to the image's right.
READ = [gesture for gesture in Gesture if gesture is not Gesture.BLINK]


@pytest.fixture(scope="module")
def measure(detector, face_mesh):
    """Return a function from a gesture to the analysis of a frame of one person that shows it."""
    pixels = pictures.read(photo("biden.jpg"))
    mesh = face_mesh.measure(pixels, detector.detect(pixels)[0])
    surface = scripted.surface_of(pixels, mesh.points, Presented.HEAD)
    engine = LocalEngine(lanes=1)

    def drawn(step: Step):
        frame = Frame(scripted.draw(surface, EXTREMES[step]), "", bytes(32))
        return engine.analyze(frame, wants=Wants(gestures=True))

    return drawn


def appearance(analysis) -> Appearance:
    face = analysis.face
    return Appearance(
        yaw=face.pose.yaw,
        pitch=face.pose.pitch,
        mouth_opening=face.gestures.mouth_opening,
        eye_opening=face.gestures.eye_opening,
        face_size=face.gestures.face_size,
    )


@pytest.mark.parametrize("gesture", READ)
def test_a_gesture_is_read_and_its_face_recognized(measure, gesture):
    neutral, made = measure(Step.NEUTRAL), measure(Step(gesture))
    assert shown(appearance(made), appearance(neutral)) == {gesture}
    assert gesture_refusal(made, POLICY) is None
    assert similarity(made.face.embedding, neutral.face.embedding) > SAME_PERSON


def test_a_face_at_rest_is_at_rest(measure):
    neutral = appearance(measure(Step.NEUTRAL))
    assert is_at_rest(neutral, neutral)
    assert neutral.eye_opening > 0.2
