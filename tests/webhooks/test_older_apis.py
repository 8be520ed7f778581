"""An enrollment through each older API tells as one through the main API does."""

import pytest

from faceplatform.engine.testing import SPOOF
from legacy.models import LegacyAccount
from tests.legacy.caller import Caller
from tests.legacy.caller import told as answered
from tests.webhooks.receiving import bodies, told, types
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db
CREATED = ("subject.created", None)
STARTED = ("enrollment.started", None)
ENROLLED = [CREATED, STARTED, ("enrollment.completed", "enrolled")]
ACCOUNT = {"fullname": "Ada Lovelace", "username": "lovelace", "password": "engine-1843"}


def enroll(old, source: str, image: bytes):
    """Enroll Ada through one of the APIs."""
    if source == "000":
        return old.call("POST /api/enroll?username=ada", files={"cin_file": image})
    if source == "001":
        named = {"username": "ada", "galleryname": "staff"}
        return old.call("POST /api/register/", files={"image": image}, headers=named)
    form = {"id": "ada", "name": "Ada"}
    return old.call("POST /register/", form=form, files={"image": image})


USER_IDS = {"000": "ada", "001": "staff/ada", "003": "ada"}


@pytest.mark.parametrize("source", USER_IDS)
def test_an_enrollment(old, stage, endpoint, source):
    answer = enroll(old, source, stage.frame("ada"))
    assert answer.status_code in {200, 201}, answer.content
    assert told(endpoint) == ENROLLED
    for body in bodies(endpoint):
        assert body["data"]["user_id"] == USER_IDS[source]
    started, completed = bodies(endpoint)[1:]
    assert started["data"]["source"] == completed["data"]["source"] == f"legacy_{source}"
    assert started["data"]["enrollment_id"] == completed["data"]["enrollment_id"]


@pytest.mark.parametrize("source", USER_IDS)
def test_an_enrollment_that_fails(old, stage, endpoint, source):
    enroll(old, source, stage.frame(faces=2))
    assert told(endpoint)[-1] == ("enrollment.failed", "frame_limit")
    assert types(endpoint).count("enrollment.started") == 1


@pytest.mark.parametrize("source", USER_IDS)
def test_a_duplicate(old, stage, endpoint, source, api):
    api.enroll(stage, "eve", person="ada")
    earlier = Delivery.objects.count()
    enroll(old, source, stage.frame("ada"))
    expected = [CREATED, STARTED, ("enrollment.failed", "duplicate_face")]
    assert told(endpoint)[earlier:] == expected


@pytest.mark.parametrize("source", USER_IDS)
def test_a_suspected_spoof(make_api, bind, stage, endpoint_of, source):
    api = make_api("careful", liveness="passive")
    bind(api.client)
    endpoint = endpoint_of(api)
    enroll(Caller(), source, stage.frame("ada", liveness=SPOOF))
    assert told(endpoint)[2:] == [
        ("liveness.failed", "liveness_failed"),
        ("enrollment.failed", "liveness_failed"),
    ]


def test_verifications_of_000(old, stage, endpoint):
    enroll(old, "000", stage.frame("ada"))
    for person in ("ada", "bob"):
        do = "POST /api/authentificate?username=ada"
        answered(old.call(do, files={"auth_video": stage.frame(person)}))
    assert told(endpoint)[3:] == [
        ("authentication.succeeded", "matched"),
        ("authentication.failed", "no_match"),
    ]


def test_a_reset_of_000_erases_every_user(old, stage, endpoint):
    enroll(old, "000", stage.frame("ada"))
    answered(old.call("POST /api/reset"))
    assert types(endpoint) == ["subject.erased"]
    assert bodies(endpoint)[0]["data"]["user_id"] == "ada"


def test_accounts_of_004_are_no_users(old, endpoint):
    """They sign in with a password: no face is enrolled, and nothing is told."""
    assert old.call("POST /auth/register", json_body=ACCOUNT).status_code == 201
    assert old.call("POST /auth/login", json_body=ACCOUNT).status_code == 200
    assert LegacyAccount.objects.count() == 1
    assert told(endpoint) == []
