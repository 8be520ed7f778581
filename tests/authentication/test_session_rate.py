"""The policy's false match rate is that of the whole session: more looks, a higher threshold."""

import pytest

from authentication.decisions import Verdict, decide
from enrollment.gallery import Hit
from faceplatform.conf import CapturePolicy
from faceplatform.matching.calibration import Calibration, OperatingPoint

CALIBRATION = Calibration(
    model="m/1/a",
    source="",
    points={(1, 1): (OperatingPoint(1e-2, 0.6), OperatingPoint(1e-3, 0.7))},
)


@pytest.mark.parametrize(
    ("looks", "verdict"), [(1, Verdict.MATCH), (3, Verdict.UNDECIDED), (10, Verdict.UNDECIDED)]
)
def test_a_stranger_who_passes_one_look_does_not_pass_the_first_of_several(looks, verdict):
    decision = decide(
        [Hit(template_pk=1, subject_pk=1, cosine=0.605, sample_count=1)],
        comparisons=1,
        probe_frames=1,
        least_frames=1,
        policy=CapturePolicy(false_match_rate=1e-2, probe_frames=looks),
        calibration=CALIBRATION,
    )
    assert decision.verdict is verdict
