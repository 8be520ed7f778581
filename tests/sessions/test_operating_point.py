"""A false match rate that was never measured promises nothing: no session opens with it."""

import pytest

from tests.stage import problem

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("fmr", [1e-3, 1e-4])
def test_a_calibrated_rate(make_api, stage, fmr):
    assert make_api(false_match_rate=fmr).open_enrollment().status_code == 201


@pytest.mark.parametrize("fmr", [1e-7, 0.5])
def test_a_rate_outside_of_the_calibration(make_api, stage, fmr):
    api = make_api(false_match_rate=fmr)
    for response in (api.open_enrollment(), api.open_authentication()):
        problem(response, 503, "operating_point_unsupported")
