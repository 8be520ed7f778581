"""Security events: what is seen, how many rows it makes, and the bursts that raise an alert."""

import runpy
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import counting, retention, rules
from audit.models import RaisedAlert, SecurityEvent
from clients.models import Subject
from clients.tokens import CLAIM, ClientRefreshToken, issue_tokens
from clients.users.erasure import erase_subject
from faceplatform import events, suspicion
from faceplatform.engine.testing import SPOOF
from faceplatform.errors import ConfigurationError
from faceplatform.suspicion import Hint
from tests.clients.users import Users
from tests.stage import anonymous

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
EXCHANGE = "/api/core/auth/client/"
LIST = "/api/core/security-events/"


def seen() -> dict[str, int]:
    """Return the counts of all events, by kind."""
    counting.flush()
    return dict(SecurityEvent.objects.values_list("kind", "count"))


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Return a context that runs what waits for the commit."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_failed_exchanges(api):
    body = {"api_key": api.issued.credential.api_key, "api_secret": "fps_wrong"}
    for _ in range(3):
        assert anonymous().post(EXCHANGE, body, REMOTE_ADDR="192.0.2.9").status_code == 401
    anonymous().post(EXCHANGE, {"api_key": "fpk_unknown", "api_secret": "x"})
    counting.flush()
    own = SecurityEvent.objects.get(client=api.client)
    assert (own.kind, own.count, own.address) == ("login_failed", 3, "192.0.2.9")
    assert SecurityEvent.objects.get(client=None).count == 1


def test_the_first_delay_of_a_streak(make_api, stage, settings, committed, monkeypatch):
    """A thief may stop long before the lock, which has an event and an alert of its own."""
    settings.FACEPLATFORM_LOCKOUT_FAILURES = 2
    settings.FACEPLATFORM_LOCKOUT_MAX_SECONDS = 30
    hour = timezone.now().replace(minute=0, second=0)
    now = [hour]
    monkeypatch.setattr(timezone, "now", lambda: now[0])
    api = make_api(probe_frames=1)
    api.enroll(stage, "alice")

    def fail() -> None:
        now[0] += timedelta(minutes=1)
        with committed():
            api.verify(stage.frame("stranger"))

    fail()
    assert "user_delayed" not in seen()
    fail()
    fail()  # a longer delay of the same streak
    assert seen()["user_delayed"] == 1
    row = SecurityEvent.objects.get(kind="user_delayed")
    assert (row.client, row.subject.user_id, row.severity) == (api.client, "alice", "medium")
    now[0] += timedelta(minutes=1)
    with committed():
        assert api.verify(stage.frame("alice"))["result"] == "success"
    fail()
    fail()
    assert seen()["user_delayed"] == 2  # the first of the next streak


def test_the_first_delay_of_an_address(make_api, stage, settings, committed):
    settings.FACEPLATFORM_LOCKOUT_FAILURES = 1
    api = make_api(probe_frames=1)
    api.enroll(stage, "alice")
    with committed():
        api.identify(stage.frame("stranger"))
    assert seen()["address_delayed"] == 1


def test_addresses_of_an_ipv6_network_are_one(api):
    body = {"api_key": api.issued.credential.api_key, "api_secret": "fps_wrong"}
    for end in ("1", "2"):
        anonymous().post(EXCHANGE, body, REMOTE_ADDR=f"2001:db8::{end}")
    counting.flush()
    row = SecurityEvent.objects.get()
    assert (row.address, row.count) == ("2001:db8::/64", 2)


def test_failed_sign_ins_of_staff(db):
    Browser().post("/admin/login/", {"username": "root", "password": "guess"})
    assert seen() == {"staff_login_failed": 1}


def test_refused_tokens(api):
    http = anonymous()
    http.credentials(HTTP_AUTHORIZATION="Bearer a.b.c")
    http.get("/api/core/status/")
    http.post("/api/core/auth/token/refresh/", {"refresh": "a.b.c"})
    assert seen() == {"token_refused": 2}


def test_probes_of_ids(api, other):
    Users(other).create("ada")
    unknown = "6f1c1f0e-54d4-4b1e-8a55-0d5a3c8d7b11"
    foreign = other.client.credentials.get().public_id
    for public_id in (unknown, foreign):
        answer = api.http.get(f"/api/clients/credentials/{public_id}/")
        assert answer.status_code == 404
    api.http.get("/api/clients/users/ada/")  # an id of the client's own choice
    api.http.get("/api/nowhere/")
    assert seen() == {"unknown_id": 2}
    assert SecurityEvent.objects.get().client == api.client


def test_a_frame_of_another_session(make_api, stage, committed):
    api = make_api(replayed_frame="refuse")
    frame = stage.frame("alice")
    api.post_frame(api.enrollment_token("alice"), frame)
    token = api.enrollment_token("bob")
    with committed():
        assert api.post_frame(token, frame).json()["reason"] == "frame_repeated"
    assert seen() == {"frame_repeated": 1}
    own = stage.frame("bob")
    with committed():
        api.post_frame(token, own)
        api.post_frame(token, own)  # a camera that hangs is no attack
    assert seen() == {"frame_repeated": 1}


def test_a_session_with_suspected_frames_once(make_api, stage, committed):
    api = make_api(liveness="passive", max_spoof_frames=2)
    token = api.enrollment_token("alice")
    with committed():
        api.post_frame(token, stage.frame("alice", liveness=SPOOF))
    assert seen() == {}
    with committed():
        api.post_frame(token, stage.frame("alice", liveness=SPOOF))
    assert seen() == {"spoof_suspected": 1}
    assert SecurityEvent.objects.get().subject == Subject.objects.get()


def test_locks_and_reuse(api, committed):
    subject = Subject.objects.create(client=api.client, user_id="ada")
    common = {"client_id": api.client.pk, "at": timezone.now()}
    locked = events.UserLocked(subject_id=subject.pk, user_id="ada", failures=9, **common)
    alert = {"subject_id": None, "detail": {}, **common}
    with committed():
        events.publish(locked)
        events.publish(events.SecurityAlert(alert="refresh_token_reused", **alert))
        events.publish(events.SecurityAlert(alert="address_locked", **alert))
        events.publish(events.SecurityAlert(alert="another", **alert))
    assert seen() == {"user_locked": 1, "refresh_token_reused": 1, "address_locked": 1}
    assert set(SecurityEvent.objects.values_list("severity", flat=True)) == {"high"}


# Bounds ----------------------------------------------------------------------------------


def test_a_refusal_costs_no_statement_of_ours(api):
    with CaptureQueriesContext(connection) as captured:
        api.http.get("/api/clients/credentials/6f1c1f0e-54d4-4b1e-8a55-0d5a3c8d7b11/")
    assert not [query for query in captured if "audit_" in query["sql"]]


def test_many_addresses_share_a_row(api):
    for number in range(80):
        body = {"api_key": api.issued.credential.api_key, "api_secret": "x"}
        anonymous().post(EXCHANGE, body, REMOTE_ADDR=f"192.0.2.{number}")
    counting.flush()
    rows = SecurityEvent.objects.filter(client=api.client)
    assert rows.count() == 51
    assert rows.get(address="").count == 30


def test_another_flush_adds_to_the_row_of_the_hour(api):
    for _ in range(2):
        suspicion.tell(Hint.UNKNOWN_ID, client_pk=api.client.pk)
        counting.flush()
    assert seen() == {"unknown_id": 2}


def test_counts_stay_while_the_database_is_away(api, monkeypatch):
    suspicion.tell(Hint.UNKNOWN_ID, client_pk=api.client.pk)

    def fail(_):
        raise DatabaseError("away")

    with monkeypatch.context() as patched:
        patched.setattr(counting._tally, "_write", fail)
        with pytest.raises(DatabaseError):
            counting.flush()
    suspicion.tell(Hint.UNKNOWN_ID, client_pk=api.client.pk)
    assert seen() == {"unknown_id": 2}


def test_a_process_that_ends_writes_what_it_counted(api):
    hooks = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    suspicion.tell(Hint.UNKNOWN_ID, client_pk=api.client.pk)
    hooks["worker_exit"](None, None)
    assert SecurityEvent.objects.get().count == 1


def test_events_of_a_deleted_client_are_dropped(api):
    suspicion.tell(Hint.UNKNOWN_ID, client_pk=api.client.pk)
    suspicion.tell(Hint.STAFF_LOGIN_FAILED, client_pk=None)
    api.client.delete()
    assert seen() == {"staff_login_failed": 1}


def test_an_erasure_takes_the_users_events_along(api):
    subject = Subject.objects.create(client=api.client, user_id="ada")
    suspicion.tell(Hint.USER_LOCKED, client_pk=api.client.pk, subject_pk=subject.pk)
    counting.flush()
    assert erase_subject(subject).counts["security_events"] == 1
    assert not SecurityEvent.objects.exists()


def test_retention(api, settings):
    suspicion.tell(Hint.UNKNOWN_ID, client_pk=api.client.pk)
    counting.flush()
    assert retention.remove_old_events(limit=9) == 0
    old = timezone.now() - timedelta(days=settings.FACEPLATFORM_SECURITY_EVENT_DAYS + 1)
    SecurityEvent.objects.update(hour=old)
    RaisedAlert.objects.create(key="x", hour=old)
    assert retention.remove_old_events(limit=9) == 1
    assert not RaisedAlert.objects.exists()


# Rules -----------------------------------------------------------------------------------


def alerts(heard) -> list[events.SecurityAlert]:
    return [event for event in heard if isinstance(event, events.SecurityAlert)]


def test_a_burst_raises_one_alert_an_hour(api, other, settings, heard):
    settings.FACEPLATFORM_SECURITY_ALERTS = {"unknown_id": "3"}
    for _ in range(2):
        suspicion.tell(Hint.UNKNOWN_ID, client_pk=api.client.pk)
        suspicion.tell(Hint.UNKNOWN_ID, client_pk=other.client.pk)
    counting.flush()
    assert alerts(heard) == []
    for _ in range(5):
        suspicion.tell(Hint.UNKNOWN_ID, client_pk=api.client.pk)
        counting.flush()
    (alert,) = alerts(heard)
    assert (alert.client_id, alert.alert) == (api.client.pk, "burst")
    assert (alert.detail["kind"], alert.detail["count"]) == ("unknown_id", 3)
    RaisedAlert.objects.all().delete()  # the next hour
    suspicion.tell(Hint.UNKNOWN_ID, client_pk=api.client.pk)
    counting.flush()
    assert len(alerts(heard)) == 2


def test_the_counts_of_all_addresses_together_break_a_rule(api, settings, heard):
    settings.FACEPLATFORM_SECURITY_ALERTS = {"login_failed": "4"}
    for number in range(4):
        body = {"api_key": api.issued.credential.api_key, "api_secret": "x"}
        anonymous().post(EXCHANGE, body, REMOTE_ADDR=f"192.0.2.{number}")
    counting.flush()
    assert [alert.detail["count"] for alert in alerts(heard)] == [4]


def test_a_burst_of_strangers_is_logged(settings, caplog, heard, committed):
    settings.FACEPLATFORM_SECURITY_ALERTS = {"token_refused": "1"}
    suspicion.tell(Hint.TOKEN_REFUSED, client_pk=None)
    with committed():
        counting.flush()
    (line,) = [record.getMessage() for record in caplog.records if "burst" in record.getMessage()]
    assert "'kind': 'token_refused', 'count': 1" in line
    assert alerts(heard) == []


def test_a_rule_that_is_off(api, settings, heard):
    settings.FACEPLATFORM_SECURITY_ALERTS = {"unknown_id": "0"}
    suspicion.tell(Hint.UNKNOWN_ID, client_pk=api.client.pk)
    counting.flush()
    assert alerts(heard) == []


def test_every_kind_has_a_severity_and_a_rule():
    assert set(rules.SEVERITIES) == set(rules.DEFAULTS) == set(Hint)


@pytest.mark.parametrize("number", ["-1", "x", "1.5", "1000001", "9" * 30, "²"])
def test_a_wrong_number_is_refused(number):
    with pytest.raises(ConfigurationError, match="FACEPLATFORM_SECURITY_ALERTS: unknown_id"):
        rules.thresholds({"unknown_id": number})


# The API ---------------------------------------------------------------------------------


def test_the_list_and_its_filters(api, other):
    subject = Subject.objects.create(client=api.client, user_id="ada")
    suspicion.tell(Hint.UNKNOWN_ID, client_pk=api.client.pk)
    suspicion.tell(Hint.USER_LOCKED, client_pk=api.client.pk, subject_pk=subject.pk)
    suspicion.tell(Hint.UNKNOWN_ID, client_pk=other.client.pk)
    suspicion.tell(Hint.TOKEN_REFUSED, client_pk=None)

    def kinds(**asked: str) -> list[str]:
        return [row["kind"] for row in api.http.get(LIST, asked).json()["results"]]

    assert kinds() == ["user_locked", "unknown_id"]
    assert kinds(kind="unknown_id") == ["unknown_id"]
    assert kinds(severity="high") == ["user_locked"]
    assert kinds(after="2099-01-01T00:00:00Z") == []
    assert kinds(before="2099-01-01T00:00:00Z") == ["user_locked", "unknown_id"]
    assert api.http.get(LIST, {"kind": "x"}).status_code == 400
    row = api.http.get(LIST).json()["results"][0]
    assert (row["user_id"], row["count"], row["severity"]) == ("ada", 1, "high")
    assert api.http.get(f"{LIST}{row['id']}/").json() == row
    assert other.http.get(f"{LIST}{row['id']}/").status_code == 404


# Who is concerned ------------------------------------------------------------------------


def test_the_bound_of_an_hour_outlives_a_flush(api):
    for number in range(120):
        body = {"api_key": api.issued.credential.api_key, "api_secret": "x"}
        anonymous().post(EXCHANGE, body, REMOTE_ADDR=f"192.0.2.{number}")
        if number % 30 == 0:
            counting.flush()
    counting.flush()
    rows = SecurityEvent.objects.filter(client=api.client)
    assert rows.count() == 51
    assert rows.get(address="").count == 70


def test_refused_tokens_of_a_revoked_key_are_its_clients(api):
    tokens = issue_tokens(api.issued.credential)
    api.client.credentials.update(revoked_at=timezone.now())
    http = anonymous()
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    assert http.get("/api/core/status/").status_code == 401
    http.credentials()
    http.post("/api/core/auth/token/refresh/", {"refresh": tokens["refresh"]})
    counting.flush()
    row = SecurityEvent.objects.get(kind="token_refused")
    assert (row.client, row.count) == (api.client, 2)


def test_an_expired_token_is_its_clients_and_a_forged_one_nobodys(api):
    token = ClientRefreshToken()
    token[CLAIM] = str(api.issued.credential.public_id)
    token.set_exp(lifetime=-timedelta(days=1))
    head, claims, _ = str(token).split(".")
    for raw in (str(token), f"{head}.{claims}.{'A' * 43}"):
        anonymous().post("/api/core/auth/token/refresh/", {"refresh": raw})
    counting.flush()
    found = SecurityEvent.objects.filter(kind="token_refused")
    assert set(found.values_list("client", "count")) == {(api.client.pk, 1), (None, 1)}
