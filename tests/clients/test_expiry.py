"""The expiry of a key ends the sessions that it opened, like its revocation."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enrollment.models import EnrollmentSample
from faceplatform.events import SessionEnded
from faceplatform.sessions.tasks import expire_sessions
from tests.clients.keys import with_key
from tests.stage import Api, browser, problem, upload

pytestmark = pytest.mark.django_db
KINDS = ["enrollment_token", "authentication_token"]


@pytest.fixture
def clock(monkeypatch):
    """Replace the clock by one that only moves when told."""
    now = [timezone.now()]
    monkeypatch.setattr(timezone, "now", lambda: now[0])

    def advance(seconds: float):
        now[0] += timedelta(seconds=seconds)
        return now[0]

    return advance


@pytest.fixture
def gate(api, stage, clock) -> Api:
    """Return the same client with a key that expires in a minute."""
    return with_key(api, expires_at=clock(0) + timedelta(seconds=60))


def post(token: str, data: bytes, **headers):
    frame = {"image": upload(data)}
    address = "/api/auth/sessions/current/frames/"
    return browser(token).post(address, frame, format="multipart", **headers)


@pytest.mark.parametrize("kind", KINDS)
def test_frames_are_taken_until_then(api, gate, stage, clock, heard, kind):
    token = getattr(gate, kind)()
    clock(59)
    assert post(token, stage.frame()).json()["frame_accepted"] is True
    clock(1)
    for answer in (post(token, stage.frame()), api.post_frame(token, stage.frame())):
        told = problem(answer, 409, "session_finished")
        assert (told["session_status"], told["reason"]) == ("cancelled", "credential_revoked")
    problem(gate.post_frame(token, stage.frame()), 401, "authentication_failed")
    ended = [event for event in heard if isinstance(event, SessionEnded)]
    assert [event.reason for event in ended] == ["credential_revoked"]
    assert not EnrollmentSample.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_reader_sees_it_before_the_session_was_ended(api, gate, clock, kind):
    token = getattr(gate, kind)()
    clock(60)
    assert api.session(token).json()["reason"] == "credential_revoked"
    problem(api.cancel(token), 409, "session_finished")


@pytest.mark.parametrize("kind", KINDS)
def test_the_housekeeping_ends_them(api, gate, stage, clock, heard, kind):
    ends, goes_on = getattr(gate, kind)(), getattr(api, kind)()
    post(ends, stage.frame())
    clock(59)
    expire_sessions()
    assert not [event for event in heard if isinstance(event, SessionEnded)]
    clock(1)
    expire_sessions()
    ended = [event for event in heard if isinstance(event, SessionEnded)]
    assert [(event.status, event.reason) for event in ended] == [
        ("cancelled", "credential_revoked")
    ]
    assert not EnrollmentSample.objects.exists()
    assert post(goes_on, stage.frame()).json()["frame_accepted"] is True


def test_kept_answers_are_not_for_its_sessions(gate, stage, clock):
    token, data = gate.enrollment_token(), stage.frame()
    key = {"HTTP_IDEMPOTENCY_KEY": "once"}
    first = post(token, data, **key)
    assert post(token, data, **key)["Idempotency-Replayed"] == "true"
    assert first.status_code == 200
    clock(60)
    assert "Idempotency-Replayed" not in post(token, data, **key)
