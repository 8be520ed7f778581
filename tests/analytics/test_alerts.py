"""Security alerts: listed, read, resolved once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from analytics.models import AlertRecord
from faceplatform import events
from tests.stage import problem

pytestmark = pytest.mark.django_db
URL = "/api/analytics/security-alerts/"


def raised(api, alert: str = "address_locked", **detail) -> str:
    event = events.SecurityAlert(
        client_id=api.client.pk, subject_id=None, at=timezone.now(), alert=alert, detail=detail
    )
    events.publish(event)
    return str(AlertRecord.objects.latest("pk").public_id)


def listed(api, **query) -> list[str]:
    return [row["id"] for row in api.http.get(URL, query).json()["results"]]


def test_an_alert_until_it_is_resolved(api):
    alert = raised(api, address="203.0.113.7", failures=50)
    read = api.http.get(f"{URL}{alert}/").json()
    assert read | {"raised_at": ""} == {
        "id": alert,
        "alert": "address_locked",
        "user_id": None,
        "detail": {"address": "203.0.113.7", "failures": 50},
        "raised_at": "",
        "is_resolved": False,
        "resolved_at": None,
        "resolved_by": None,
        "note": "",
    }
    resolved = api.http.post(f"{URL}{alert}/resolve/", {"note": "A test."}, format="json").json()
    assert resolved["is_resolved"] is True
    assert resolved["note"] == "A test."
    assert resolved["resolved_by"] == str(api.issued.credential.public_id)
    assert resolved["resolved_at"] >= resolved["raised_at"]
    again = api.http.post(f"{URL}{alert}/resolve/", {"note": "Again."}, format="json")
    problem(again, 409, "alert_resolved")
    assert api.http.get(f"{URL}{alert}/").json() == resolved


def test_a_token_that_is_used_twice_raises_one(api):
    from clients import tokens

    refresh = tokens.issue_tokens(api.issued.credential)["refresh"]
    for _ in range(2):
        api.http.post("/api/core/auth/token/refresh/", {"refresh": refresh}, format="json")
    (row,) = api.http.get(URL).json()["results"]
    assert row["alert"] == "refresh_token_reused"


def test_filters(api):
    first, second = raised(api), raised(api, "refresh_token_reused")
    api.http.post(f"{URL}{first}/resolve/")
    assert listed(api) == [second, first]
    assert listed(api, is_resolved="false") == [second]
    assert listed(api, is_resolved="true") == [first]
    assert listed(api, alert="address_locked") == [first]
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    assert listed(api, raised_after=tomorrow) == []
    assert listed(api, raised_before=tomorrow) == [second, first]


def test_a_note_that_is_too_long(api):
    alert = raised(api)
    body = {"note": "x" * 1001}
    answer = api.http.post(f"{URL}{alert}/resolve/", body, format="json")
    assert "note" in problem(answer, 400, "validation_failed")["errors"]


def test_another_clients_alert(api, other):
    alert = raised(other)
    assert listed(api) == []
    for unseen in (alert, str(uuid4())):
        problem(api.http.get(f"{URL}{unseen}/"), 404, "alert_not_found")
        problem(api.http.post(f"{URL}{unseen}/resolve/"), 404, "alert_not_found")
    assert not AlertRecord.objects.get().is_resolved
