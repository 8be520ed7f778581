"""Images that are there already pass no challenge: nobody is enrolled past one."""

import pytest

from enrollment.models import EnrollmentSession
from tests.imports.importing import archive, imported

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [
        ({"liveness": "challenge"}, ("refused", "challenge_impossible")),
        ({"camera_liveness": "challenge"}, ("enrolled", "enrolled")),
    ],
)
def test_an_import_under_a_policy_with_a_challenge(make_api, stage, policy, outcome):
    api = make_api(**policy)
    faces = archive({"ada/1.png": stage.frame("ada")})
    assert imported(api, faces) == {"ada": outcome}
    assert EnrollmentSession.objects.exists() is (outcome[0] == "enrolled")
