"""Entries of what a client manages by the API: keys, groups, webhooks, alerts, imports, locks."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from analytics.models import AlertRecord
from audit.models import AuditEntry
from clients import credentials
from clients.models import Subject
from clients.models.lockout import AddressAttempts
from enrollment.models import EnrollmentSession
from faceplatform import events
from faceplatform.api.scopes import Scope
from tests.audit.chains import newest, seal, told, verify
from tests.clients.users import Users
from tests.imports import importing
from tests.webhooks.receiving import subscribe
from webhooks.models import Delivery, DeliveryState

pytestmark = pytest.mark.django_db
ENDPOINTS = "/api/webhooks/endpoints/"


def posted(api, path: str, body: dict | None = None) -> dict:
    answer = api.http.post(path, body or {}, format="json")
    assert answer.status_code in (200, 201, 202), answer.content
    return answer.json()


def by_key(api, entry: AuditEntry) -> bool:
    key = str(api.issued.credential.public_id)
    return (entry.client, entry.actor_type, entry.actor_id) == (api.client, "credential", key)


# API keys --------------------------------------------------------------------------------


def test_scopes_that_the_operator_sets(api):
    subscribe(api.client, "*")
    credentials.set_scopes(api.issued.credential, [Scope.ENROLL])
    entry = newest("credential.scopes_set")
    assert (entry.actor_type, entry.object_id) == ("system", str(api.issued.credential.public_id))
    assert told(entry)["changes"]["after"] == {"scopes": ["enroll"]}
    assert "manage" in told(entry)["changes"]["before"]["scopes"]
    assert json.loads(Delivery.objects.get().body)["data"]["change"] == "scopes_set"


def test_a_key_gets_another_name(api):
    path = f"/api/clients/credentials/{api.issued.credential.public_id}/"
    assert api.http.patch(path, {"name": "Gate"}, format="json").status_code == 200
    entry = newest("credential.renamed")
    assert by_key(api, entry)
    assert told(entry)["changes"] == {"before": {"name": ""}, "after": {"name": "Gate"}}
    count = AuditEntry.objects.count()
    api.http.patch(path, {"name": "Gate"}, format="json")  # changes nothing
    assert AuditEntry.objects.count() == count


# Groups ----------------------------------------------------------------------------------


def test_a_group_and_its_members(api):
    for name in ("ada", "bob"):
        Users(api).create(name)
    group = posted(api, "/api/clients/groups/", {"name": "Staff"})["id"]
    entry = newest("group.created")
    assert by_key(api, entry)
    assert (entry.object_type, entry.object_id) == ("group", group)
    assert told(entry)["changes"] == {"before": {}, "after": {"name": "Staff"}}
    members = f"/api/clients/groups/{group}/members/"
    posted(api, members, {"user_ids": ["ada"]})
    posted(api, members, {"user_ids": ["ada", "bob"]})  # one of them is new
    added = AuditEntry.objects.filter(action="group.member_added").order_by("pk")
    assert [(each.user_id, each.object_id) for each in added] == [("ada", group), ("bob", group)]
    assert added[0].subject == Subject.objects.get(user_id="ada")
    assert api.http.delete(f"{members}ada/").status_code == 204
    assert (newest("group.member_removed").user_id, newest("group.member_removed").object_id) == (
        "ada",
        group,
    )
    assert api.http.delete(f"/api/clients/groups/{group}/").status_code == 204
    assert told(newest("group.deleted"))["changes"] == {"before": {"name": "Staff"}, "after": {}}


def test_an_erasure_empties_the_entries_of_memberships(api):
    Users(api).create("ada")
    group = posted(api, "/api/clients/groups/", {"name": "Staff"})["id"]
    posted(api, f"/api/clients/groups/{group}/members/", {"user_ids": ["ada"]})
    Users(api).erase("ada")
    entry = newest("group.member_added")
    assert (entry.is_erased, entry.user_id, entry.object_id) == (True, "", group)
    seal()
    assert verify().status == 0


# Webhooks --------------------------------------------------------------------------------


def test_the_life_of_an_endpoint(api):
    body = {"name": "CRM", "url": "https://hooks.example.com/a", "subscribed_events": ["*"]}
    made = posted(api, ENDPOINTS, body)
    path = f"{ENDPOINTS}{made['id']}/"
    api.http.patch(path, {"name": "ERP"}, format="json")
    renewed = posted(api, f"{path}regenerate_secret/")
    for verb in ("pause", "resume"):
        posted(api, f"{path}{verb}/")
    assert api.http.delete(path).status_code == 204
    entries = AuditEntry.objects.filter(object_type="webhook_endpoint").order_by("pk")
    assert [entry.action for entry in entries] == [
        "webhook.created",
        "webhook.changed",
        "webhook.secret_regenerated",
        "webhook.paused",
        "webhook.resumed",
        "webhook.deleted",
    ]
    assert all(by_key(api, entry) and entry.object_id == made["id"] for entry in entries)
    assert told(entries[1])["facts"]["changed"] == ["name"]
    written = str([entry.record() for entry in entries])
    assert made["secret"] not in written
    assert renewed["secret"] not in written


def test_the_product_disables_an_endpoint(api):
    endpoint = subscribe(api.client, "*")
    event = events.EndpointDisabled(
        client_id=api.client.pk,
        subject_id=None,
        at=timezone.now(),
        endpoint_id=endpoint.public_id,
        endpoint_name=endpoint.name,
        reason="gone",
    )
    events.publish(event)
    entry = newest("webhook.disabled")
    assert (entry.actor_type, entry.object_id) == ("system", str(endpoint.public_id))
    assert told(entry)["facts"] == {"reason": "gone"}


@pytest.fixture
def failed(api) -> Delivery:
    """A delivery of long ago whose attempts are used up."""
    subscribe(api.client, "*")
    Users(api).create("ada")
    long_ago = timezone.now() - timedelta(days=30)
    Delivery.objects.update(
        state=DeliveryState.EXHAUSTED, created_at=long_ago, finished_at=long_ago
    )
    return Delivery.objects.get()


def test_deliveries_that_are_sent_again(api, failed):
    posted(api, f"/api/webhooks/deliveries/{failed.public_id}/retry/")
    entry = newest("webhook.retried")
    assert by_key(api, entry)
    assert (entry.object_type, entry.object_id) == ("webhook_delivery", str(failed.public_id))
    Delivery.objects.update(state=DeliveryState.EXHAUSTED, claim="")
    posted(api, "/api/webhooks/retry-failed/")
    assert told(newest("webhook.failed_retried"))["facts"] == {"deliveries": 1}
    Delivery.objects.update(state=DeliveryState.DELIVERED, claim="")
    endpoint = failed.endpoint.public_id
    since = (timezone.now() - timedelta(days=60)).isoformat()
    posted(api, f"{ENDPOINTS}{endpoint}/replay/", {"created_after": since})
    entry = newest("webhook.replayed")
    assert (entry.object_type, entry.object_id) == ("webhook_endpoint", str(endpoint))
    assert told(entry)["facts"] == {"deliveries": 1}


def test_deliveries_that_are_cleared(api, failed):
    posted(api, "/api/webhooks/clear-logs/", {"older_than_days": 7})
    entry = newest("webhook.cleared")
    assert by_key(api, entry)
    assert told(entry)["facts"] == {"deliveries": 1}
    count = AuditEntry.objects.count()
    posted(api, "/api/webhooks/clear-logs/", {"older_than_days": 7})  # nothing is left
    assert AuditEntry.objects.count() == count


# The rest --------------------------------------------------------------------------------


def test_an_unlocked_address(api):
    AddressAttempts.objects.create(client=api.client, address="192.0.2.9", failures=50)
    posted(api, "/api/clients/lockouts/addresses/unlock/", {"address": "192.0.2.9"})
    entry = newest("address.unlocked")
    assert by_key(api, entry)
    assert told(entry)["changes"] == {"before": {"address": "192.0.2.9", "failures": 50}}


def test_a_resolved_alert(api):
    alert = events.SecurityAlert(
        client_id=api.client.pk, subject_id=None, at=timezone.now(), alert="another", detail={}
    )
    events.publish(alert)
    row = AlertRecord.objects.get()
    path = f"/api/analytics/security-alerts/{row.public_id}/resolve/"
    posted(api, path, {"note": "A drill."})
    entry = newest("security.alert_resolved")
    assert by_key(api, entry)
    assert (entry.object_type, entry.object_id) == ("security_alert", str(row.public_id))
    assert told(entry) == {
        "facts": {"alert": "another"},
        "changes": {"after": {"note": "A drill."}},
    }
    api.http.post(path, {"note": "Again."}, format="json")  # refused
    assert AuditEntry.objects.filter(action="security.alert_resolved").count() == 1


def test_a_cancelled_import(api):
    job = importing.started(api, importing.table(("ada",)))
    assert importing.cancel(api, job).status_code == 200
    entry = newest("import.cancelled")
    assert by_key(api, entry)
    assert entry.object_id == job
    assert not EnrollmentSession.objects.exists()
