"""Another try after a failure on the capture page: as the policy allows, under the same token."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from audit.models import AuditEntry
from authentication.models import AuthenticationSession
from capture.models import CaptureLink
from clients import credentials
from clients.models import UserAttempts
from enrollment.models import EnrollmentSession
from tests.capture.pages import allow, redeem
from tests.sessions.challenged import ANOTHER, Camera, Clock
from tests.stage import anonymous, browser, problem

pytestmark = pytest.mark.django_db
ADDRESS = "/api/capture/retry/"
FOLLOW = "/api/capture/handover/"


@pytest.fixture
def api(make_api):
    return make_api(capture_retries=2)


class Page:
    """The page of a link, from its redemption on."""

    def __init__(self, opened) -> None:
        self.opened = redeem(opened["capture_url"]).json()
        self.http = browser(self.opened["session"]["token"])

    def follow(self):
        return self.http.get(FOLLOW).json()

    def retry(self):
        return self.http.post(ADDRESS)


def verification(api, stage, **wishes):
    """Return the answer to the opening of a verification of alice, with a link."""
    api.enroll(stage, "alice")
    return api.open_authentication("alice", capture_link=True, **wishes).json()


def fail(api, stage, token):
    """Let a stranger stand before the camera."""
    for _ in range(3):
        answer = api.post_frame(token, stage.frame("mallory"))
    assert answer.json()["result"] == "failure"


def test_a_failed_verification_is_tried_again_under_the_same_token(api, stage):
    opened = verification(api, stage, nonce="n-1", metadata={"order": 7})
    token, page = opened["session_token"], Page(opened)
    assert page.opened["retries_left"] == 2
    fail(api, stage, token)
    assert page.follow() == {"state": "ended", "outcome": "not_matched", "retries_left": 2}
    answer = page.retry()
    assert answer.status_code == 200
    assert answer.json()["retries_left"] == 1
    session = answer.json()["session"]
    assert session["token"] == token
    assert session["kind"] == "verification"
    assert session["session_id"] != page.opened["session"]["session_id"]
    assert page.follow() == {"state": "none", "outcome": None, "retries_left": 1}
    for _ in range(3):
        posted = api.post_frame(token, stage.frame("alice"))
        if not posted.json()["requires_more_frames"]:
            break
    assert page.follow()["outcome"] == "matched"
    # The backend, which knows the token, reads the last try. Both are rows of their own.
    assert api.session(token).json()["result"] == "success"
    first, second = AuthenticationSession.objects.order_by("pk")
    assert (first.reason, second.reason) == ("no_match", "matched")
    assert str(second.public_id) == session["session_id"]
    for name in ("subject_id", "nonce", "metadata", "policy", "capture_type", "credential_id"):
        assert getattr(second, name) == getattr(first, name), name


def test_a_failed_enrollment_is_tried_again(make_api, stage):
    api = make_api(capture_retries=1, max_enrollment_frames=1)
    ends = timezone.now() + timedelta(days=3)
    wishes = {"target_samples": 1, "template_expires_at": ends.isoformat()}
    opened = api.open_enrollment("alice", capture_link=True, **wishes).json()
    page = Page(opened)
    api.post_frame(opened["session_token"], stage.frame(faces=0))
    assert page.follow()["outcome"] == "failed"
    assert page.retry().status_code == 200
    posted = api.post_frame(opened["session_token"], stage.frame("alice"))
    assert posted.json()["enrollment_complete"]
    first, second = EnrollmentSession.objects.order_by("pk")
    for name in ("subject_id", "target_samples", "first_only", "template_expires_at"):
        assert getattr(second, name) == getattr(first, name), name


def test_there_are_as_many_tries_as_the_policy_allows(api, stage):
    opened = verification(api, stage)
    page = Page(opened)
    for left in (1, 0):
        fail(api, stage, opened["session_token"])
        assert page.retry().json()["retries_left"] == left
    fail(api, stage, opened["session_token"])
    assert page.follow() == {"state": "ended", "outcome": "not_matched", "retries_left": 0}
    problem(page.retry(), 409, "retry_not_allowed")
    assert AuthenticationSession.objects.count() == 3


def test_without_the_policy_a_link_is_one_session(make_api, stage):
    api = make_api()
    opened = verification(api, stage)
    page = Page(opened)
    assert page.opened["retries_left"] == 0
    fail(api, stage, opened["session_token"])
    problem(page.retry(), 409, "retry_not_allowed")


def test_each_try_that_was_asked_for_a_gesture_counts_once(make_api, stage, monkeypatch):
    api = make_api(capture_retries=2, camera_liveness="challenge", challenge_max_faults=1)
    opened = verification(api, stage, session_type="webcam")
    page, time = Page(opened), Clock(monkeypatch)
    for failures in (1, 2):
        user = Camera(api, stage, time, opened)
        assert user.show(ANOTHER[user.be_asked()])["reason"] == "liveness_failed"
        assert UserAttempts.objects.get().failures == failures
        assert page.retry().status_code == 200
    assert Camera(api, stage, time, opened).follow()["result"] == "success"
    assert UserAttempts.objects.get().failures == 0


def test_no_session_is_opened_for_a_locked_user(make_api, stage):
    """The delay after failures holds for tries of the page as for the backend's openings."""
    api = make_api(capture_retries=5)
    opened = verification(api, stage)
    page = Page(opened)
    for _ in range(settings.FACEPLATFORM_LOCKOUT_FAILURES - 1):
        fail(api, stage, opened["session_token"])
        assert page.retry().status_code == 200
    fail(api, stage, opened["session_token"])
    problem(api.open_authentication("alice"), 429, "verification_delayed")
    problem(page.retry(), 409, "retry_not_allowed")  # a browser is told no more
    assert page.follow()["state"] == "ended"


def test_a_try_begins_within_the_life_of_the_link(api, stage):
    opened = verification(api, stage)
    page = Page(opened)
    fail(api, stage, opened["session_token"])
    CaptureLink.objects.update(expires_at=timezone.now())
    assert page.follow()["retries_left"] == 0
    problem(page.retry(), 409, "retry_not_allowed")


def test_a_session_that_is_open_needs_no_other(api, stage):
    """The answer to the first call was lost, so the page makes it again."""
    opened = verification(api, stage)
    page = Page(opened)
    fail(api, stage, opened["session_token"])
    assert page.retry().json() == page.retry().json()
    assert AuthenticationSession.objects.count() == 2


@pytest.mark.parametrize("end", ["cancelled", "expired", "matched", "revoked"])
def test_other_ends_are_final(api, stage, end):
    opened = verification(api, stage)
    page = Page(opened)
    if end == "cancelled":
        page.http.post("/api/capture/cancel/")
    elif end == "expired":
        AuthenticationSession.objects.update(expires_at=timezone.now())
    elif end == "revoked":
        fail(api, stage, opened["session_token"])
        credentials.revoke(api.issued.credential)
    else:
        for _ in range(3):
            api.post_frame(opened["session_token"], stage.frame("alice"))
    assert page.follow()["retries_left"] == 0
    problem(page.retry(), 409, "retry_not_allowed")


def test_a_session_without_a_link_has_no_further_try(api, stage):
    api.enroll(stage, "alice")
    token = api.open_authentication("alice").json()["session_token"]
    fail(api, stage, token)
    problem(browser(token).post(ADDRESS), 409, "retry_not_allowed")


def test_the_links_of_another_device_end_with_their_session(api, stage):
    allow(api, "https://app.acme.example")
    opened = verification(api, stage)
    page = Page(opened)
    phone = redeem(page.http.post(FOLLOW).json()["capture_url"]).json()
    assert phone["retries_left"] == 0  # the first page offers them
    fail(api, stage, opened["session_token"])
    assert page.follow()["retries_left"] == 2
    page.retry()
    assert page.follow()["state"] == "none"
    assert not CaptureLink.objects.filter(is_handover=True).exists()


def test_each_try_is_recorded(api, stage):
    opened = verification(api, stage)
    page = Page(opened)
    fail(api, stage, opened["session_token"])
    made = page.retry().json()["session"]
    entry = AuditEntry.objects.get(action="capture_link.retried")
    assert entry.object_id == made["session_id"]


def test_the_call_needs_the_sessions_token():
    problem(anonymous().post(ADDRESS), 401, "not_authenticated")
