"""Pure decisions on one frame, by tables."""

from dataclasses import replace

import numpy as np
import pytest

from faceplatform.conf import CapturePolicy, QualityLimits
from faceplatform.engine import testing as fake
from faceplatform.engine.decoding.fingerprint import NEAR_DUPLICATE_BITS
from faceplatform.engine.types import LivenessLack, Pose
from faceplatform.sessions.acceptance import Sample, frame_refusal, session_refusal
from faceplatform.sessions.reasons import Reason
from tests.stage import quality

OFF, PASSIVE = CapturePolicy(), CapturePolicy(liveness="passive")


@pytest.mark.parametrize(
    ("shown", "policy", "reason"),
    [
        ({}, OFF, None),
        ({}, PASSIVE, None),
        ({"faces": 0}, OFF, Reason.NO_FACE),
        ({"faces": 2}, OFF, Reason.MULTIPLE_FACES),
        ({"presence": 0.99}, OFF, None),
        ({"presence": 0.9899}, OFF, Reason.FACE_UNCLEAR),
        # What looks covered in the dark needs light first.
        ({"presence": 0.0, "quality": quality(brightness=0.49)}, OFF, Reason.TOO_DARK),
        ({"presence": 0.0, "quality": quality(brightness=0.5)}, OFF, Reason.FACE_UNCLEAR),
        ({"presence": 0.99, "quality": quality(brightness=0.49)}, OFF, None),
        ({"liveness": fake.SPOOF}, OFF, None),
        ({"liveness": fake.SPOOF}, PASSIVE, Reason.SPOOF_SUSPECTED),
        ({"liveness": fake.UNCLEAR}, PASSIVE, Reason.LIVENESS_UNCLEAR),
        ({"liveness": fake.unclear(LivenessLack.UPRIGHT)}, PASSIVE, Reason.LIVENESS_UNCLEAR),
        ({"liveness": fake.unclear(LivenessLack.ROOM)}, PASSIVE, Reason.MORE_ROOM),
        ({"liveness": fake.unclear(LivenessLack.SIZE)}, PASSIVE, Reason.FACE_TOO_SMALL),
        ({"liveness": fake.unclear(LivenessLack.DETAIL)}, PASSIVE, Reason.BLURRED),
        ({"liveness": fake.unclear(LivenessLack.ROOM)}, OFF, None),
        ({"liveness": None}, PASSIVE, Reason.LIVENESS_UNCLEAR),
        ({"liveness": None}, OFF, None),
        ({"faces": 0, "liveness": fake.SPOOF}, PASSIVE, Reason.NO_FACE),
        ({"quality": quality(sharpness=0), "liveness": fake.SPOOF}, PASSIVE, Reason.BLURRED),
        ({"presence": 0.1, "liveness": fake.SPOOF}, PASSIVE, Reason.FACE_UNCLEAR),
    ],
)
def test_of_the_frame_itself(shown, policy, reason):
    assert frame_refusal(fake.analysis(**shown), policy) is reason


MEASURES = {
    "inside_frame": Reason.FACE_CUT_OFF,
    "size": Reason.FACE_TOO_SMALL,
    "brightness": Reason.TOO_DARK,
    "under_exposure": Reason.TOO_DARK,
    "over_exposure": Reason.TOO_BRIGHT,
    "contrast": Reason.LOW_CONTRAST,
    "pose": Reason.FACE_TURNED,
    "sharpness": Reason.BLURRED,
    "eyes_uncovered": Reason.EYES_COVERED,
    "eyes_open": Reason.EYES_CLOSED,
    "mouth_closed": Reason.MOUTH_OPEN,
}


@pytest.mark.parametrize("measure", MEASURES)
def test_each_measure_below_its_limit(measure):
    limit = getattr(OFF.quality, measure)
    at, below = quality(**{measure: limit}), quality(**{measure: limit - 1e-9})
    assert frame_refusal(fake.analysis(quality=at), OFF) is None
    assert frame_refusal(fake.analysis(quality=below), OFF) is MEASURES[measure]


@pytest.mark.parametrize(
    ("confidence", "presence", "reason"),
    [
        (0.79, 0.9999, Reason.FACE_UNCLEAR),
        (0.79, 0.99996, None),
        (0.80, 0.99, None),
    ],
)
def test_detector_and_mesh_may_not_both_doubt(confidence, presence, reason):
    seen = fake.analysis(presence=presence)
    box = replace(seen.face.box, confidence=confidence)
    seen = replace(seen, face=replace(seen.face, box=box))
    assert frame_refusal(seen, OFF) is reason


# The limit of `pose` is 0.65, the cosine of 49.5 degrees.
@pytest.mark.parametrize("roll", [-49.0, 0.0, 49.0])
def test_a_tilted_head(roll):
    assert frame_refusal(fake.analysis(pose=Pose(yaw=0, pitch=0, roll=roll)), OFF) is None


@pytest.mark.parametrize("roll", [-170.0, -96.0, -50.0, 50.0, 96.0, 180.0])
def test_a_turned_image_whatever_else_is_wrong_with_it(roll):
    pose = Pose(yaw=0, pitch=0, roll=roll)
    left = quality(**dict.fromkeys(MEASURES, 0.0))
    for seen in (fake.analysis(pose=pose), fake.analysis(pose=pose, quality=left)):
        assert frame_refusal(seen, OFF) is Reason.PICTURE_TURNED


def test_where_no_face_is_sure_nothing_is_said_of_the_turn():
    seen = fake.analysis(pose=Pose(yaw=0, pitch=0, roll=180), presence=0.98)
    assert frame_refusal(seen, OFF) is Reason.FACE_UNCLEAR


def test_a_policy_without_a_limit_of_pose_takes_turned_images():
    any_pose = CapturePolicy(quality=QualityLimits(pose=0))
    seen = fake.analysis(pose=Pose(yaw=0, pitch=0, roll=180))
    assert frame_refusal(seen, any_pose) is None


def test_of_several_the_first_to_mend():
    left = dict.fromkeys(MEASURES, 0.0)
    for measure, reason in MEASURES.items():
        assert frame_refusal(fake.analysis(quality=quality(**left)), OFF) is reason
        del left[measure]


def test_every_limit_of_the_policy_has_a_reason():
    assert set(MEASURES) == set(type(OFF.quality).model_fields)


def differing(bits: int) -> bytes:
    return ((1 << bits) - 1).to_bytes(32)


FAR = differing(200)
NEAR, NEXT = differing(NEAR_DUPLICATE_BITS), differing(NEAR_DUPLICATE_BITS + 1)
ALICE = Sample(fake.embedding("alice", 1), bytes(32))


@pytest.mark.parametrize(
    ("sample", "earlier", "reason"),
    [
        (Sample(fake.embedding("alice", 2), FAR), [], None),
        (Sample(fake.embedding("alice", 2), FAR), [ALICE], None),
        (Sample(fake.embedding("alice", 2), bytes(32)), [ALICE], Reason.FRAME_REPEATED),
        (
            Sample(fake.embedding("alice", 2), NEAR),
            [ALICE],
            Reason.FRAME_REPEATED,
        ),
        (
            Sample(fake.embedding("alice", 2), NEXT),
            [ALICE],
            None,
        ),
        (Sample(fake.embedding("bob", 2), FAR), [ALICE], Reason.DIFFERENT_PERSON),
        (Sample(fake.embedding("bob", 2), NEAR), [ALICE], Reason.FRAME_REPEATED),
        (Sample(fake.embedding("bob", 2), FAR), [], None),
    ],
)
def test_beside_the_earlier_ones(sample, earlier, reason):
    assert session_refusal(sample, earlier, same_person=0.7) is reason


def test_an_iterator_of_earlier_samples_is_read_once():
    bob = Sample(fake.embedding("bob"), FAR)
    found = session_refusal(bob, iter([ALICE]), same_person=0.7)
    assert found is Reason.DIFFERENT_PERSON


def test_the_same_person_is_judged_by_the_fusion():
    a, b = fake.embedding("alice", 1), fake.embedding("bob", 1)
    earlier = [Sample(a, bytes(32)), Sample(b, bytes(32))]
    probe = Sample((a + b) / np.linalg.norm(a + b), FAR)
    assert session_refusal(probe, earlier, same_person=0.99) is None
