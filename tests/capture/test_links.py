"""One-time links: made at an opening or after it, redeemed once, and never beyond their session."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEntry
from capture.models import CaptureLink
from clients import credentials, services
from enrollment.models import EnrollmentSession
from faceplatform import housekeeping
from faceplatform.api.throttles import StrangerThrottle
from tests.capture.pages import allow, link_to, redeem, secret_of
from tests.stage import anonymous, as_base64, browser, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stage")]
RETURN = "https://app.acme.example/done?order=7"


def test_an_opening_answers_with_a_link_that_gives_the_session_once(api):
    opened = api.open_enrollment("alice", capture_link=True).json()
    assert opened["capture_url"].startswith("http://testserver/capture/fcl_")
    assert opened["capture_link_expires_at"] == opened["expires_at"]
    answer = redeem(opened["capture_url"])
    assert answer.status_code == 200
    session = answer.json()["session"]
    assert session["token"] == opened["session_token"]
    assert session["session_id"] == opened["enrollment_id"]
    assert session["kind"] == "enrollment"
    problem(redeem(opened["capture_url"]), 410, "capture_link_used")


def test_without_the_wish_there_is_no_link(api):
    for wish in ({}, {"capture_link": False}):
        assert "capture_url" not in api.open_enrollment("alice", **wish).json()
    assert not CaptureLink.objects.exists()


def test_the_page_of_an_authentication_knows_its_kind(api, stage):
    api.enroll(stage, "alice")
    kinds = {"verification": "alice", "identification": None}
    for kind, user in kinds.items():
        opened = api.open_authentication(user, capture_link=True).json()
        assert redeem(opened["capture_url"]).json()["session"]["kind"] == kind


def test_the_options_reach_the_page(api):
    allow(api, "https://app.acme.example")
    wish = {"return_url": RETURN, "language": "ar", "theme": "dark", "expires_in": 60}
    opened = api.open_enrollment("alice", capture_link=wish).json()
    lifetime = timezone.datetime.fromisoformat(opened["capture_link_expires_at"]) - timezone.now()
    assert timedelta(seconds=30) < lifetime <= timedelta(seconds=60)
    page = redeem(opened["capture_url"]).json()
    assert page["return_url"] == RETURN
    assert page["language"] == "ar"
    assert page["appearance"] == {
        "name": "acme",
        "logo_url": None,
        "colors": None,
        "theme": "dark",
    }


def test_a_link_never_outlives_its_session(api):
    wish = {"expires_in": 3600}
    opened = api.open_enrollment("alice", capture_link=wish).json()
    assert opened["capture_link_expires_at"] == opened["expires_at"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "//app.acme.example/",
        "https:app.acme.example",
        "https://user@app.acme.example/",
        "https://app.acme.example\\@evil.example/",
        "https://app.acme.example/a b",
        "https://app.acme.example/\u00e4",
        "ftp://app.acme.example/",
        "https:///done",
        "https://app.acme.example/" + "x" * 1000,
        7,
    ],
)
def test_a_return_url_is_an_address_that_all_browsers_read_alike(api, url):
    allow(api, "https://app.acme.example")
    answer = api.open_enrollment("alice", capture_link={"return_url": url})
    errors = problem(answer, 400, "validation_failed")["errors"]
    assert set(errors) == {"capture_link.return_url"}


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://app.acme.example.evil.example/",
        "http://app.acme.example/",
        "https://app.acme.example:444/",
        "https://app.acme.example:x/",
        "http://[",
        "http://[::1",
        "http://a]/",
        "https://[x]/",
        "https://[::1]x/",
    ],
)
def test_the_page_returns_to_the_clients_origins_alone(api, url):
    allow(api, "https://app.acme.example")
    answer = api.open_enrollment("alice", capture_link={"return_url": url})
    problem(answer, 400, "return_url_not_allowed")
    assert not EnrollmentSession.objects.exists()


def test_a_parent_is_one_of_the_looks(api):
    wish = {"parent_origin": "https://app.acme.example"}
    problem(api.open_authentication(capture_link=wish), 400, "parent_not_allowed")
    look = {"allowed_parents": ["https://app.acme.example", "https://two.acme.example"]}
    assert api.http.patch("/api/clients/capture/", look, format="json").status_code == 200
    opened = api.open_authentication(capture_link=wish).json()
    assert redeem(opened["capture_url"]).json()["parents"] == ["https://app.acme.example"]


@pytest.mark.parametrize("wish", [1, "yes", [], None])
def test_a_wish_is_true_or_an_object(api, wish):
    problem(api.open_enrollment("alice", capture_link=wish), 400, "validation_failed")


def test_options_have_known_names(api):
    answer = api.open_enrollment("alice", capture_link={"retrun_url": RETURN})
    assert "capture_link.retrun_url" in problem(answer, 400, "validation_failed")["errors"]


def test_a_later_link_replaces_the_one_that_nobody_used(api):
    token = api.enrollment_token()
    first, second = link_to(api, token), link_to(api, token)
    problem(redeem(first), 404, "capture_link_not_found")
    assert redeem(second).json()["session"]["token"] == token
    assert redeem(link_to(api, token)).status_code == 200  # lost, and asked for again
    problem(redeem(second), 410, "capture_link_used")


def test_a_link_is_made_by_both_addresses(api):
    token = api.enrollment_token()
    answer = api.http.post(f"/api/auth/sessions/{token}/link/", {}, format="json")
    assert answer.status_code == 201
    assert redeem(answer.json()["capture_url"]).json()["session"]["token"] == token


def test_no_link_to_a_session_that_has_ended(api):
    token = api.enrollment_token()
    link = link_to(api, token)
    api.cancel(token)
    problem(redeem(link), 410, "capture_link_expired")
    answer = api.http.post(f"/api/auth/sessions/{token}/link/", {}, format="json")
    problem(answer, 409, "session_finished")


def test_no_link_to_another_clients_session(api, other):
    answer = other.http.post(f"/api/auth/sessions/{api.enrollment_token()}/link/", {})
    problem(answer, 404, "session_not_found")


def test_a_link_ends_at_its_time(api):
    opened = api.open_enrollment("alice", capture_link={"expires_in": 30}).json()
    CaptureLink.objects.update(expires_at=timezone.now())
    problem(redeem(opened["capture_url"]), 410, "capture_link_expired")
    assert api.session(opened["session_token"]).json()["status"] == "pending"


def test_a_link_ends_with_the_credential_and_with_the_client(api):
    first = api.open_enrollment("alice", capture_link=True).json()["capture_url"]
    second = api.open_enrollment("bob", capture_link=True).json()["capture_url"]
    services.switch_off(api.client)
    problem(redeem(first), 404, "capture_link_not_found")
    assert anonymous().get(second, HTTP_ACCEPT="text/html").status_code == 404


def test_a_link_of_a_revoked_credential_is_over(api):
    link = api.open_enrollment("alice", capture_link=True).json()["capture_url"]
    credentials.revoke(api.issued.credential)
    problem(redeem(link), 410, "capture_link_expired")


def test_an_unknown_link_is_not_found_and_counts_for_strangers(monkeypatch):
    monkeypatch.setattr(StrangerThrottle, "rate", "2/min", raising=False)
    for _ in range(2):
        problem(redeem("fcl_" + "x" * 43), 404, "capture_link_not_found")
    problem(redeem("fcl_" + "y" * 43), 429, "throttled")


def test_pages_of_other_origins_open_no_link(api):
    link = api.open_enrollment("alice", capture_link=True).json()["capture_url"]
    body = {"link": secret_of(link)}
    headers = {"Origin": "https://evil.example"}
    answer = anonymous().post("/api/capture/redeem/", body, format="json", headers=headers)
    problem(answer, 403, "origin_not_allowed")
    assert redeem(link).status_code == 200


def test_the_session_behind_a_link_takes_frames(api, stage):
    opened = api.open_enrollment("alice", target_samples=1, capture_link=True).json()
    token = redeem(opened["capture_url"]).json()["session"]["token"]
    image = {"image": as_base64(stage.frame())}
    answer = browser(token).post("/api/auth/sessions/current/frames/", image, format="json")
    assert answer.json()["enrollment_complete"]
    problem(redeem(opened["capture_url"]), 410, "capture_link_used")


def test_nothing_readable_of_secret_or_token_is_kept(api):
    opened = api.open_enrollment("alice", capture_link=True).json()
    link = CaptureLink.objects.get()
    secrets = (secret_of(opened["capture_url"]), opened["session_token"])
    for secret in secrets:
        assert secret not in repr(vars(link))
        assert secret.encode() not in bytes(link.session_token)
    redeem(opened["capture_url"])
    assert CaptureLink.objects.get().unseal_column("session_token") == b""


def test_what_becomes_of_a_link_is_recorded_without_its_secret(api):
    opened = api.open_enrollment("alice", capture_link=True).json()
    redeem(opened["capture_url"])
    entries = AuditEntry.objects.filter(action__startswith="capture_link")
    assert [entry.action for entry in entries.order_by("pk")] == [
        "capture_link.made",
        "capture_link.redeemed",
    ]
    for entry in entries:
        assert entry.object_id == opened["enrollment_id"]
        assert "fcl_" not in repr(vars(entry))


def test_links_go_with_their_user_and_after_their_session(api):
    api.open_enrollment("alice", capture_link=True)
    api.open_enrollment("bob", capture_link=True)
    receipt = api.http.delete("/api/clients/users/alice/").json()
    assert receipt["counts"]["capture_links"] == 1
    assert CaptureLink.objects.count() == 1
    CaptureLink.objects.update(session_expires_at=timezone.now())
    housekeeping.clean_up()
    assert not CaptureLink.objects.exists()
