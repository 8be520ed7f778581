"""Events of users and credentials; and nothing stays of a user that is erased."""

import json

import pytest
from django.utils import timezone

from clients import credentials
from clients.users.erasure import erase_subject
from tests.clients.test_users_erasure import USER_ID, live_a_life, traces
from tests.clients.users import Users
from tests.imports import importing
from tests.stage import anonymous
from tests.webhooks.delivering import answer, deliver
from tests.webhooks.receiving import bodies, subscribe, types
from webhooks import endpoint_secrets, retention
from webhooks.answers import Answer
from webhooks.models import Attempt, Delivery, DeliveryState, Endpoint, EndpointState

pytestmark = pytest.mark.django_db
# The loop reads the database in a thread of its own.
delivered = pytest.mark.django_db(transaction=True)
ERASED = {"webhooks.Delivery.body"}


@pytest.fixture
def users(api) -> Users:
    return Users(api)


def test_the_life_of_a_user(users, endpoint):
    users.create("alice")
    users.change("alice", display_name="Alice", metadata={"desk": 4})
    users.post("alice", "deactivate")
    users.post("alice", "activate")
    receipt = users.erase("alice").json()
    # Of the earlier ones nothing stays.
    assert types(endpoint) == ["subject.erased"]
    (erased,) = bodies(endpoint)
    assert erased["data"] == {"user_id": "alice", "receipt_id": receipt["receipt_id"]}
    assert erased["timestamp"] == receipt["erased_at"]
    assert receipt["counts"]["webhook_deliveries"] == 4


def test_a_user_that_is_changed_and_switched(users, endpoint):
    users.create("alice")
    users.change("alice", display_name="Alice", metadata={"desk": 4})
    users.api.enrollment_token("alice")
    users.post("alice", "deactivate")
    users.post("alice", "activate")
    assert types(endpoint) == [
        "subject.created",
        "subject.updated",
        "enrollment.started",
        "enrollment.failed",
        "subject.deactivated",
        "subject.activated",
    ]
    changed = bodies(endpoint)[1]["data"]
    assert changed == {"user_id": "alice", "changed": ["display_name", "metadata"]}


def test_keys_that_change(api, endpoint):
    keys = "/api/clients/credentials/"
    issued = api.http.post(keys, {"name": "gate", "scopes": ["manage"]}, format="json").json()
    new = api.http.post(f"{keys}{issued['id']}/rotate/", {}, format="json").json()
    api.http.delete(f"{keys}{new['id']}/")
    told = [body["data"] for body in bodies(endpoint)]
    assert {body["type"] for body in bodies(endpoint)} == {"credentials.changed"}
    assert [(each["credential_id"], each["change"]) for each in told] == [
        (issued["id"], "issued"),
        (issued["id"], "expiry_set"),
        (new["id"], "rotated"),
        (new["id"], "revoked"),
    ]
    own = str(api.issued.credential.public_id)
    assert {each["changed_by"] for each in told} == {own}
    credentials.issue(api.client)
    assert bodies(endpoint)[-1]["data"]["changed_by"] is None


def test_a_refresh_token_used_twice(api, endpoint, settings):
    settings.FACEPLATFORM_REFRESH_GRACE_SECONDS = 0
    body = {"api_key": api.issued.credential.api_key, "api_secret": api.issued.api_secret}
    pair = anonymous().post("/api/core/auth/client/", body, format="json").json()
    for status in (200, 401):
        again = {"refresh": pair["refresh"]}
        used = anonymous().post("/api/core/auth/token/refresh/", again, format="json")
        assert used.status_code == status
    (alert,) = bodies(endpoint)
    assert alert["type"] == "security.alert"
    assert alert["data"] == {
        "alert": "refresh_token_reused",
        "detail": {"credential_id": str(api.issued.credential.public_id)},
    }
    assert pair["refresh"] not in json.dumps(alert)


@pytest.fixture
def lived(make_api, stage, settings, admin_client, clock) -> Users:
    """A user has left traces everywhere, deliveries and echoing answers included."""
    api = make_api(keep_images=True, replayed_frame="refuse")
    hook = subscribe(api.client, "*")
    endpoint_secrets.issue(hook)
    credentials.issue(api.client)
    live_a_life(api, stage, settings, admin_client)
    importing.run()
    Attempt.objects.bulk_create(
        Attempt(
            client=api.client,
            endpoint=hook,
            delivery=each,
            number=1,
            at=clock(),
            milliseconds=1,
            answer=each.body[:500],
        )
        for each in Delivery.objects.all()
    )
    assert {"webhooks.Delivery.body", "webhooks.Attempt.answer"} < traces()
    kinds = set(types(hook))
    assert {"subject.created", "enrollment.completed", "import.completed"} < kinds
    assert {"authentication.succeeded", "credentials.changed"} < kinds
    return Users(api)


def erased_of(lived) -> Delivery:
    """Erase the user; return the delivery that says so."""
    assert lived.erase(USER_ID).status_code == 200
    return Delivery.objects.get(event_type="subject.erased")


def echoing(delivery: Delivery, status_code: int = 204):
    """Answer this delivery with its own body, and accept all others."""

    def told(_: str, message_id: str) -> Answer:
        if message_id != delivery.message_id:
            return answer(204)
        return answer(status_code, text=delivery.body[:500])

    return told


def catch_up(clock) -> None:
    """Deliver what is due by now."""
    clock.time = timezone.now()
    deliver(clock)


@delivered
def test_only_the_erasure_names_an_erased_user_and_only_until_it_is_told(lived, clock, network):
    erased = erased_of(lived)
    assert traces() == ERASED
    sender = network(echoing(erased))
    catch_up(clock)
    assert (erased.endpoint.url, erased.message_id) in sender.sent
    erased.refresh_from_db()
    assert (erased.state, erased.attempts.get().answer) == (DeliveryState.DELIVERED, "")
    assert traces() == set()
    data = bodies(erased.endpoint)[-1]["data"]  # still as its schema says
    assert data["user_id"] is None
    assert data["receipt_id"]


@delivered
def test_nor_when_it_is_never_told(lived, clock, network):
    erased = erased_of(lived)
    network(echoing(erased, 410))
    catch_up(clock)
    erased.refresh_from_db()
    assert erased.state == DeliveryState.ABANDONED
    assert traces() == set()


def test_nor_when_its_endpoint_is_disabled_first(lived):
    lived.erase(USER_ID)
    Endpoint.objects.update(state=EndpointState.DISABLED)
    assert traces() == ERASED
    assert retention.abandon(limit=100) > 0
    assert traces() == set()


@delivered
def test_while_it_is_retried_it_names_the_user(lived, clock, network):
    network(lambda url, message_id: answer(500, text="later"))
    lived.erase(USER_ID)
    catch_up(clock)
    erased = Delivery.objects.get(event_type="subject.erased")
    assert (erased.state, erased.attempts.get().answer) == (DeliveryState.PENDING, "later")
    assert json.loads(erased.body)["data"]["user_id"] == USER_ID


def test_an_identification_goes_with_the_user_it_recognized(api, stage, endpoint):
    api.enroll(stage, "alice")
    api.enroll(stage, "bob")
    api.identify(stage.frame("alice"))
    api.identify(stage.frame("bob"))
    erase_subject(api.client.subjects.get(user_id="alice"))
    matched = [
        body["data"]["matched_user"]["user_id"]
        for body in bodies(endpoint)
        if body["type"] == "authentication.succeeded"
    ]
    assert matched == ["bob"]
