"""Failed identifications count for the address that posts the frames, for each client."""

import pytest
from django.utils import timezone

from clients.lockout import services as lockout
from clients.models import AddressAttempts, UserAttempts
from faceplatform import events
from tests.lockout.conftest import renew
from tests.stage import browser, limit, problem, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def enrolled(one, stage, clock):
    one.enroll(stage, "alice", frames=1)


def fail(api, stage, times: int) -> None:
    for _ in range(times):
        assert api.identify(stage.frame("mallory"))["reason"] == "no_match"


def post(token: str, data: bytes, address: str):
    http = browser(token)
    body = {"image": upload(data)}
    return http.post(
        "/api/auth/sessions/current/frames/", body, format="multipart", REMOTE_ADDR=address
    )


def test_the_sixth_waits(one, stage, clock):
    fail(one, stage, 5)
    answer = one.open_authentication()
    assert problem(answer, 429, "identification_delayed")["locked_until"]
    assert answer["Retry-After"] == "30"
    clock(30)
    assert one.identify(stage.frame("alice"))["result"] == "success"
    fail(one, stage, 5)


def test_another_client_and_verifications_are_not_concerned(one, make_api, stage):
    globex = make_api("globex", probe_frames=1)
    globex.enroll(stage, "alice", frames=1)
    fail(one, stage, 5)
    assert globex.identify(stage.frame("alice"))["result"] == "success"
    assert one.verify(stage.frame("alice"))["result"] == "success"


def test_browsers_count_by_their_network(one, stage):
    """The answers are those of any failure, and the face of a user is one of them."""
    tokens = [one.authentication_token() for _ in range(8)]
    before = [post(t, stage.frame("mallory"), "2001:db8::1").json() for t in tokens[:5]]
    refused = post(tokens[5], stage.frame("alice"), "2001:db8::2").json()
    for answer in (*before, refused):
        answer.pop("request_id")
    assert {**refused, "face": None, "quality_score": 0} == {
        **before[0],
        "face": None,
        "quality_score": 0,
    }
    assert one.session(tokens[5]).json()["result"] == "failure"
    elsewhere = post(tokens[6], stage.frame("alice"), "2001:db8:0:1::1").json()
    assert elsewhere["result"] == "success"
    assert set(AddressAttempts.objects.values_list("address", "failures")) == {
        ("2001:db8::/64", 5),
        ("2001:db8:0:1::/64", 0),
    }


def test_the_fiftieth_locks_the_address_and_alerts(one, stage, clock, heard):
    for _ in range(50):
        clock(3600)
        renew(one)
        fail(one, stage, 1)
    (alert,) = [event for event in heard if isinstance(event, events.SecurityAlert)]
    assert (alert.alert, alert.detail) == (
        "address_locked",
        {"address": "127.0.0.1", "failures": 50},
    )
    clock(3600)
    renew(one)
    assert problem(one.open_authentication(), 423, "address_locked")["locked_until"] is None
    assert lockout.forget_addresses(limit=10) == 0
    clock(24 * 3600)
    renew(one)
    assert lockout.forget_addresses(limit=10) == 1
    assert one.open_authentication().status_code == 201


@pytest.mark.parametrize(("mode", "address"), [("browsers", "127.0.0.1"), ("off", "192.0.2.7")])
def test_staff_chooses_the_addresses_that_count(one, stage, mode, address):
    limit(one, identification_lockout=mode)
    fail(one, stage, 7)
    tokens = [one.authentication_token() for _ in range(7)]
    reasons = [post(t, stage.frame("alice"), address).json()["reason"] for t in tokens]
    assert reasons == ["matched"] * 7
    assert AddressAttempts.objects.exists() is (mode == "browsers")


def test_a_search_is_no_way_around_a_delay_or_a_lock(one, stage, clock):
    face = stage.frame("alice")
    for _ in range(5):
        assert one.verify(stage.frame("mallory"))["reason"] == "no_match"
    barred = one.identify(face)
    assert (barred["reason"], barred["matched_user"]) == ("verification_delayed", None)
    assert barred["similarity_score"] is None
    clock(30)
    assert one.identify(stage.frame("alice"))["result"] == "success"
    one.client.subjects.get().attempts.delete()
    locked_at = timezone.now()
    UserAttempts.objects.create(subject=one.client.subjects.get(), failures=50, locked_at=locked_at)
    locked = one.identify(stage.frame("alice"))
    assert (locked["reason"], locked["matched_user"]) == ("user_locked", None)
    token = one.authentication_token()
    assert post(token, stage.frame("alice"), "192.0.2.9").json()["reason"] == "no_match"
