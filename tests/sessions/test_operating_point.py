"""A false match rate that was never measured promises nothing: no session opens with it."""

import pytest

from tests.stage import problem

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("fmr", [1e-3, 1e-4])
def test_a_calibrated_rate(make_api, stage, fmr):
    assert make_api(false_match_rate=fmr).open_enrollment().status_code == 201


@pytest.mark.parametrize("fmr", [1e-7, 0.5])
def test_a_rate_outside_of_the_calibration(make_api, stage, fmr):
    api = make_api()
    api.enroll(stage, "alice")
    for key, authentication in {
        "false_match_rate": lambda: api.open_authentication("alice"),
        "identification_false_match_rate": api.open_authentication,
    }.items():
        api.client.policy = {key: fmr}
        api.client.save(update_fields=["policy"])
        for response in (api.open_enrollment("bob"), authentication()):
            problem(response, 503, "operating_point_unsupported")
