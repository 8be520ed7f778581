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


@pytest.mark.parametrize("name", SHIPPED)
def test_the_default_policy_is_within_what_was_measured(name):
    """In every labelled group: for one probe frame at the default, for more within ten times."""
    calibration = _calibration(name)
    default = CapturePolicy().false_match_rate
    assert calibration.supports(default)
    for (template_frames, probe_frames), points in calibration.points.items():
        single = probe_frames == 1 and template_frames <= 3
        strictest = min(point.fmr for point in points if point.measured)
        assert strictest <= (default if single else 10 * default)
    assert not calibration.promise.gaps


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("fmr", [1e-2, 1e-3])
def test_thresholds_never_fall_with_more_frames(name, fmr):
    calibration = _calibration(name)
    assert calibration.threshold(fmr, template_frames=1, probe_frames=1) < calibration.threshold(
        fmr, template_frames=3, probe_frames=3
    )
    for one, more in (((1, 1), (1, 2)), ((1, 2), (2, 2)), ((2, 2), (3, 2)), ((3, 2), (3, 3))):
        low, high = (
            calibration.threshold(fmr, template_frames=t, probe_frames=p) for t, p in (one, more)
        )
        assert low <= high
