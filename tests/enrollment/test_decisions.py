"""Pure decisions of enrollment, by tables."""

import pytest

from enrollment.decisions import Duplicate, NextStep, duplicate, next_step, progress
from enrollment.gallery import Hit, SearchResult
from faceplatform.conf import CapturePolicy
from faceplatform.matching.calibration import Calibration, OperatingPoint

CALIBRATION = Calibration(
    model="m",
    source="",
    points={
        (1, 1): (OperatingPoint(1e-2, 0.6), OperatingPoint(1e-3, 0.7)),
        (3, 1): (OperatingPoint(1e-2, 0.7), OperatingPoint(1e-3, 0.8)),
    },
)
ME, OTHER = 1, 2


def hit(subject: int, cosine: float, frames: int = 1) -> Hit:
    return Hit(template_pk=subject, subject_pk=subject, cosine=cosine, sample_count=frames)


@pytest.mark.parametrize(
    ("collected", "target", "step"),
    [
        (0, 1, NextStep.COLLECT),
        (1, 1, NextStep.COMPLETE),
        (1, 2, NextStep.COLLECT),
        (2, 2, NextStep.COMPLETE),
        (3, 2, NextStep.COMPLETE),
        (9, 10, NextStep.COLLECT),
    ],
)
def test_next_step(collected, target, step):
    assert next_step(collected=collected, target=target) is step


@pytest.mark.parametrize(
    ("collected", "target", "percent"),
    [(0, 3, 0.0), (1, 3, 33.3), (2, 3, 66.7), (3, 3, 100.0), (4, 3, 100.0), (1, 7, 14.3)],
)
def test_progress(collected, target, percent):
    assert progress(collected=collected, target=target) == percent


@pytest.mark.parametrize(
    ("hits", "size", "found"),
    [
        ([], 0, False),
        ([hit(OTHER, 0.69)], 1, False),
        ([hit(OTHER, 0.7)], 1, True),
        ([hit(ME, 0.99)], 1, False),
        ([hit(ME, 0.99), hit(OTHER, 0.75)], 1, True),
        ([hit(ME, 0.99), hit(OTHER, 0.65)], 1, False),
        ([hit(OTHER, 0.75)], 10, False),  # of ten comparisons each must be ten times as strict
        ([hit(OTHER, 0.8)], 10, True),
        ([hit(OTHER, 0.75, frames=3)], 1, False),  # a template of three frames: 0.8
        ([hit(OTHER, 0.75, frames=3), hit(3, 0.72)], 1, True),
    ],
)
@pytest.mark.parametrize(
    ("policy", "answer"),
    [("refuse", Duplicate.REFUSE), ("flag", Duplicate.FLAG), ("allow", Duplicate.NONE)],
)
def test_duplicate(hits, size, found, policy, answer):
    verdict = duplicate(
        SearchResult(hits, size),
        own_subject=ME,
        sample_count=1,
        policy=CapturePolicy(false_match_rate=1e-3, duplicate_face=policy),
        calibration=CALIBRATION,
    )
    assert verdict is (answer if found else Duplicate.NONE)
