"""The calibrations shipped with the product."""

import json

import pytest
from django.conf import settings

from faceplatform.conf import CapturePolicy
from faceplatform.engine.catalogue import choices
from faceplatform.evaluation.fusion import PROBE_FRAMES, TEMPLATE_FRAMES
from faceplatform.matching.calibration import Calibration, load_calibration

SHIPPED = sorted(path.stem for path in settings.FACEPLATFORM_CALIBRATION_DIR.glob("*.json"))


def _calibration(name: str) -> Calibration:
    model = choices.recognition(name).model
    return load_calibration(settings.FACEPLATFORM_CALIBRATION_DIR, model)


def test_every_model_of_ours_has_one():
    assert {"dlib", "dlib-fp32", "mobilefacenet", "mobilefacenet+fr"} <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_it_is_of_the_model_as_it_is_now_and_says_what_it_was_made_from(name):
    calibration = _calibration(name)
    data = json.loads((settings.FACEPLATFORM_CALIBRATION_DIR / f"{name}.json").read_text())
    assert data["images"]["people"] > 100
    assert f"{data['images']['people']:,} people" in calibration.source


@pytest.mark.parametrize("name", SHIPPED)
def test_it_has_every_number_of_frames(name):
    expected = {(t, p) for t in TEMPLATE_FRAMES for p in PROBE_FRAMES}
    assert set(_calibration(name).points) == expected


def _reach(template_frames: int, probe_frames: int) -> int:
    """Return how many times the default the strictest measured rate may be.

    Few women have three photographs for each side (118), or five for one (46): ten of their pairs
    are about one in a thousand.
    """
    if probe_frames == 1 and template_frames <= 3:
        return 1
    return 3 if probe_frames == 1 or template_frames + probe_frames <= 5 else 10


@pytest.mark.parametrize("name", SHIPPED)
def test_the_default_policy_is_within_what_was_measured(name):
    """In every labelled group."""
    calibration = _calibration(name)
    default = CapturePolicy().false_match_rate
    assert calibration.supports(default)
    for counts, points in calibration.points.items():
        strictest = min(point.fmr for point in points if point.measured)
        assert strictest <= _reach(*counts) * default, counts
    assert not calibration.promise.gaps


@pytest.mark.parametrize("name", SHIPPED)
def test_thresholds_rise_with_the_frames(name):
    """At 1 % and more; where fewer pairs are confused, chance may keep a threshold, never lower it:
    it stands for a group whose people with more frames are fewer."""
    points = _calibration(name).points
    pairs = [(a, b) for a in points for b in points if a != b and a[0] <= b[0] and a[1] <= b[1]]
    assert len(pairs) == 48
    for fewer, more in pairs:
        for low, high in zip(points[fewer], points[more], strict=True):
            assert low.fmr == high.fmr
            assert low.cosine <= high.cosine, (fewer, more, low.fmr)
            assert low.cosine < high.cosine or low.fmr < 1e-2, (fewer, more, low.fmr)
