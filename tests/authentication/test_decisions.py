"""The decision on a probe: a pure function of similarity, frames and policy, by tables."""

import pytest

from authentication.decisions import Verdict, decide
from enrollment.gallery import Hit
from faceplatform.conf import CapturePolicy
from faceplatform.matching.calibration import Calibration, OperatingPoint
from faceplatform.matching.session_rates import SessionPoint, SessionRates

# One frame against a template of one: 0.7 at 1e-3; two or more frames, or a template of three,
# are judged more strictly.
CALIBRATION = Calibration(
    model="m",
    source="",
    points={
        (1, 1): (OperatingPoint(1e-2, 0.6), OperatingPoint(1e-3, 0.7)),
        (1, 2): (OperatingPoint(1e-2, 0.65), OperatingPoint(1e-3, 0.75)),
        (3, 1): (OperatingPoint(1e-2, 0.7), OperatingPoint(1e-3, 0.8)),
        (3, 2): (OperatingPoint(1e-2, 0.75), OperatingPoint(1e-3, 0.85)),
    },
    # Further looks add nothing here: for those that do see `test_session_rate`.
    sessions=SessionRates({3: (SessionPoint(0.5, 0.5), SessionPoint(1e-9, 1e-9))}),
)


def hit(cosine: float, *, pk: int = 1, frames: int = 1) -> Hit:
    return Hit(template_pk=pk, subject_pk=pk, cosine=cosine, sample_count=frames)


def judge(*hits: Hit, comparisons: int = 1, frames: int = 1, least: int = 1, **policy):
    return decide(
        list(hits),
        comparisons=comparisons,
        probe_frames=frames,
        least_frames=least,
        policy=CapturePolicy(**{"probe_frames": 3, "false_match_rate": 1e-3, **policy}),
        calibration=CALIBRATION,
    )


@pytest.mark.parametrize(
    ("cosine", "frames", "verdict"),
    [
        (1.0, 1, Verdict.MATCH),
        (0.7, 1, Verdict.MATCH),
        (0.6999, 1, Verdict.UNDECIDED),
        (0.72, 2, Verdict.UNDECIDED),
        (0.7501, 2, Verdict.MATCH),
        (0.7501, 3, Verdict.MATCH),
        (0.74, 3, Verdict.NO_MATCH),
        (-1.0, 1, Verdict.UNDECIDED),
        (-1.0, 3, Verdict.NO_MATCH),
        (0.0, 4, Verdict.NO_MATCH),
    ],
)
def test_one_hit(cosine, frames, verdict):
    assert judge(hit(cosine), frames=frames).verdict is verdict


@pytest.mark.parametrize(
    ("cosine", "frames", "least", "verdict"),
    [
        (1.0, 1, 3, Verdict.UNDECIDED),
        (1.0, 2, 3, Verdict.UNDECIDED),
        (1.0, 3, 3, Verdict.MATCH),
        (1.0, 4, 3, Verdict.MATCH),
        (1.0, 4, 10, Verdict.UNDECIDED),  # however many frames the policy fuses
        (0.5, 2, 3, Verdict.UNDECIDED),
        (0.5, 3, 3, Verdict.NO_MATCH),
        (0.5, 3, 10, Verdict.NO_MATCH),  # nobody has to wait for a refusal
        (1.0, 1, 1, Verdict.MATCH),
    ],
)
def test_a_match_waits_for_the_least_frames(cosine, frames, least, verdict):
    assert judge(hit(cosine), frames=frames, least=least).verdict is verdict


@pytest.mark.parametrize(
    ("comparisons", "cosine", "verdict"),
    [
        (0, 0.71, Verdict.MATCH),
        (1, 0.71, Verdict.MATCH),
        (2, 0.71, Verdict.UNDECIDED),
        (10, 0.79, Verdict.UNDECIDED),
        (10, 0.81, Verdict.MATCH),
        (100, 0.89, Verdict.UNDECIDED),
        (100, 0.91, Verdict.MATCH),
    ],
)
def test_more_comparisons_are_judged_more_strictly(comparisons, cosine, verdict):
    assert judge(hit(cosine), comparisons=comparisons).verdict is verdict


@pytest.mark.parametrize(
    ("rate", "cosine", "verdict"),
    [
        (1e-2, 0.61, Verdict.MATCH),
        (1e-3, 0.61, Verdict.UNDECIDED),
        (1e-4, 0.79, Verdict.UNDECIDED),
        (1e-4, 0.81, Verdict.MATCH),
    ],
)
def test_the_policys_operating_point(rate, cosine, verdict):
    assert judge(hit(cosine), false_match_rate=rate).verdict is verdict


def test_nobody_to_compare_with():
    for frames, verdict in ((1, Verdict.UNDECIDED), (3, Verdict.NO_MATCH)):
        decision = judge(comparisons=0, frames=frames)
        assert (decision.verdict, decision.hit, decision.score) == (verdict, None, None)


def test_of_several_the_one_furthest_above_its_threshold():
    near, far_above = hit(0.82, pk=1, frames=3), hit(0.80, pk=2, frames=1)
    for hits in ((near, far_above), (far_above, near)):
        decision = judge(*hits)
        assert decision.verdict is Verdict.MATCH
        assert decision.hit == far_above


def test_of_several_the_nearest_when_all_have_as_many_frames():
    decision = judge(hit(0.3, pk=1), hit(0.9, pk=2), hit(0.8, pk=3))
    assert decision.hit.subject_pk == 2


@pytest.mark.parametrize(
    ("cosine", "score"),
    [(0.7, 0.5), (0.6, 1 / 3), (0.8, 2 / 3), (1.0, 1.0), (0.4, 0.0), (-1.0, 0.0)],
)
def test_the_score_is_calibrated(cosine, score):
    assert judge(hit(cosine)).score == pytest.approx(score)


def test_the_score_is_that_of_one_comparison():
    """The score depends on two faces, not on the size of the gallery."""
    assert judge(hit(0.75)).score == judge(hit(0.75), comparisons=1000).score


def test_the_policys_number_of_frames():
    for probe_frames in (1, 2, 5):
        verdicts = [
            judge(hit(0.1), frames=frames, probe_frames=probe_frames).verdict
            for frames in range(1, probe_frames + 1)
        ]
        assert verdicts == [Verdict.UNDECIDED] * (probe_frames - 1) + [Verdict.NO_MATCH]
