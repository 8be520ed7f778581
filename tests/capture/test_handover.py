"""From a computer to a phone: a second link, by the session's token, and its first page's view."""

from xml.etree import ElementTree

import pytest
from django.utils import timezone

from capture.models import CaptureLink
from tests.capture.pages import allow, redeem
from tests.stage import browser, problem

pytestmark = pytest.mark.django_db
ADDRESS = "/api/capture/handover/"


@pytest.fixture
def session(api, stage):
    """An enrollment of one sample whose link was opened on a computer."""
    allow(api, "https://app.acme.example")
    wish = {"language": "fr", "return_url": "https://app.acme.example/"}
    opened = api.open_enrollment("alice", target_samples=1, capture_link=wish).json()
    return redeem(opened["capture_url"]).json()


@pytest.fixture
def computer(session):
    return browser(session["session"]["token"])


def state(computer) -> tuple[str, str | None]:
    body = computer.get(ADDRESS).json()
    return body["state"], body["outcome"]


def test_the_phone_goes_on_and_the_computer_sees_it(api, stage, session, computer):
    assert state(computer) == ("none", None)
    made = computer.post(ADDRESS)
    assert made.status_code == 201
    assert state(computer) == ("waiting", None)
    phone = redeem(made.json()["capture_url"]).json()
    assert state(computer) == ("connected", None)
    assert phone["session"] == session["session"]
    assert phone["is_handover"] is True
    assert phone["handover"] == "refuse"
    assert phone["language"] == "fr"
    assert phone["return_url"] is None
    api.post_frame(phone["session"]["token"], stage.frame())
    assert state(computer) == ("ended", "completed")


def test_the_code_is_an_image_of_the_address(computer):
    made = computer.post(ADDRESS).json()
    image = ElementTree.fromstring(made["qr_code"])  # noqa: S314  (made by the product)
    assert image.tag == "{http://www.w3.org/2000/svg}svg"  # a browser shows no other as an image
    assert image.get("viewBox")
    lifetime = timezone.datetime.fromisoformat(made["capture_link_expires_at"]) - timezone.now()
    assert 240 < lifetime.total_seconds() <= 300


def test_the_next_code_replaces_the_one_before(computer):
    first, second = (computer.post(ADDRESS).json()["capture_url"] for _ in range(2))
    problem(redeem(first), 404, "capture_link_not_found")
    assert redeem(second).status_code == 200
    problem(redeem(second), 410, "capture_link_used")
    computer.post(ADDRESS)
    assert state(computer) == ("waiting", None)
    assert CaptureLink.objects.filter(is_handover=True).count() == 1


@pytest.mark.parametrize("mode", ["allow", "require", "refuse"])
def test_the_policy_decides(make_api, stage, mode):
    api = make_api(capture_handover=mode)
    opened = api.open_enrollment("alice", capture_link=True).json()
    page = redeem(opened["capture_url"]).json()
    assert page["handover"] == mode
    answer = browser(page["session"]["token"]).post(ADDRESS)
    if mode == "refuse":
        problem(answer, 403, "handover_not_allowed")
    else:
        assert answer.status_code == 201


def test_the_page_cancels_its_session_and_no_other_call_is_open_to_it(api, computer, session):
    assert computer.post("/api/capture/cancel/").json() == {"outcome": "cancelled"}
    assert api.session(session["session"]["token"]).json()["status"] == "cancelled"
    assert state(computer) == ("ended", "cancelled")
    problem(computer.post("/api/capture/cancel/"), 409, "session_finished")
    problem(computer.post(ADDRESS), 409, "session_finished")
    problem(computer.get("/api/clients/capture/"), 401, "not_authenticated")
    link = computer.post("/api/auth/sessions/current/link/")
    problem(link, 401, "not_authenticated")


@pytest.mark.parametrize(("person", "outcome"), [("alice", "matched"), ("mallory", "not_matched")])
def test_the_outcome_of_a_verification_has_no_score(api, stage, person, outcome):
    api.enroll(stage, "alice")
    opened = api.open_authentication("alice", capture_link=True).json()
    for _ in range(3):
        api.post_frame(opened["session_token"], stage.frame(person))
    answer = browser(opened["session_token"]).get(ADDRESS)
    assert answer.json() == {"state": "ended", "outcome": outcome, "retries_left": 0}


def test_virtual_cameras_are_refused_where_the_policy_says_so(make_api, stage):
    for mode in ("allow", "refuse"):
        api = make_api(mode, virtual_cameras=mode)
        link = api.open_enrollment("alice", capture_link=True).json()["capture_url"]
        assert redeem(link).json()["refuse_virtual_cameras"] is (mode == "refuse")
