"""From an attack to everybody who is told: each path from calls of the API to its ends."""

import json
import logging

import pytest

from audit import counting
from tests.audit.chains import newest, seal, told, verify
from tests.stage import problem
from tests.webhooks.receiving import bodies, subscribe

pytestmark = pytest.mark.django_db
ALERTS = "/api/analytics/security-alerts/"
ENTRIES = "/api/core/audit-logs/"
EVENTS = "/api/core/security-events/"
NOBODYS = "/api/clients/credentials/6f1c1f0e-54d4-4b1e-8a55-0d5a3c8d7b11/"


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Return a context that runs what waits for the commit."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def attacked(make_api, stage, settings):
    """A client whose users and addresses are locked after three failures."""
    settings.FACEPLATFORM_LOCKOUT_TOTAL = 3
    api = make_api(probe_frames=1)
    api.enroll(stage, "alice", frames=1)
    return api


def results(api, path: str, **asked: str) -> list[dict]:
    answer = api.http.get(path, asked)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_a_locked_user_is_a_security_event_and_an_audit_entry(attacked, stage, committed):
    with committed():
        for _ in range(2):
            attacked.verify(stage.frame("mallory"))
    assert results(attacked, EVENTS, kind="user_locked") == []
    with committed():
        attacked.verify(stage.frame("mallory"))
    problem(attacked.open_authentication("alice"), 423, "user_locked")
    (event,) = results(attacked, EVENTS, kind="user_locked")
    assert (event["severity"], event["user_id"], event["count"]) == ("high", "alice", 1)
    (entry,) = results(attacked, ENTRIES, action="user.locked")
    assert (entry["user_id"], entry["facts"]) == ("alice", {"failures": 3})
    assert entry["actor_id"] == str(attacked.issued.credential.public_id)
    seal()
    assert verify().status == 0


def test_a_locked_address_is_an_alert_everywhere(attacked, stage, committed, caplog):
    endpoint = subscribe(attacked.client, "security.alert")
    with caplog.at_level(logging.WARNING), committed():
        for _ in range(3):
            attacked.identify(stage.frame("mallory"))
    problem(attacked.open_authentication(), 423, "address_locked")
    (event,) = results(attacked, EVENTS, kind="address_locked")
    assert (event["severity"], event["count"]) == ("high", 1)
    (entry,) = results(attacked, ENTRIES, action="security.alert")
    detail = {"address": "127.0.0.1", "failures": 3}
    assert (entry["facts"], entry["changes"]) == ({"alert": "address_locked"}, {"detail": detail})
    (alert,) = results(attacked, ALERTS)
    (body,) = bodies(endpoint)
    assert alert["alert"] == body["data"]["alert"] == "address_locked"
    assert alert["detail"] == body["data"]["detail"] == detail
    assert len([line for line in caplog.messages if "address_locked" in line]) == 1


def test_a_burst_is_one_alert_everywhere(api, other, settings, committed, caplog):
    settings.FACEPLATFORM_SECURITY_ALERTS = {"unknown_id": "4"}
    endpoint, others = subscribe(api.client, "*"), subscribe(other.client, "*")

    def probe(times: int) -> None:
        with committed():
            for _ in range(times):
                problem(api.http.get(NOBODYS), 404, "credential_not_found")
            counting.flush()

    with caplog.at_level(logging.WARNING):
        probe(3)
        assert results(api, ALERTS) == []
        probe(3)
        probe(6)
    (alert,) = results(api, ALERTS)
    assert (alert["alert"], alert["is_resolved"]) == ("burst", False)
    assert (alert["detail"]["kind"], alert["detail"]["count"]) == ("unknown_id", 6)
    (body,) = bodies(endpoint)
    assert (body["type"], body["data"]["detail"]) == ("security.alert", alert["detail"])
    assert len([line for line in caplog.messages if "burst" in line]) == 1
    assert told(newest("security.alert"))["facts"] == {"alert": "burst"}
    (event,) = results(api, EVENTS)
    assert event["count"] == 12
    assert bodies(others) == results(other, ALERTS) == results(other, EVENTS) == []
    resolved = api.http.post(f"{ALERTS}{alert['id']}/resolve/", {"note": "A scan."}, format="json")
    assert resolved.status_code == 200
    assert json.loads(newest("security.alert_resolved").facts) == {"alert": "burst"}
