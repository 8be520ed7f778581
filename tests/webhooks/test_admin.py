"""Endpoints and deliveries in the admin."""

import base64
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client as Browser

from faceplatform import admin_lists
from faceplatform.events import WebhookEndpointChanged
from tests.stage import limit
from tests.webhooks.endpoints import ago, attempt, delivery, endpoint_of, finished
from webhooks import endpoint_secrets, signing
from webhooks.models import Delivery, Endpoint, EndpointState

pytestmark = pytest.mark.django_db
ENDPOINTS, DELIVERIES = "/admin/webhooks/endpoint/", "/admin/webhooks/delivery/"


def staff_who_may(*verbs: str) -> Browser:
    user = User.objects.create_user("staff", password="x", is_staff=True)
    names = [f"{verb}_{model}" for verb in verbs for model in ("endpoint", "delivery")]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    browser = Browser()
    browser.force_login(user)
    return browser


def run(browser: Browser, address: str, action: str, *rows):
    form = {"action": action, "_selected_action": [row.pk for row in rows], "index": "0"}
    return browser.post(address, form, follow=True)


def changes(heard) -> list[tuple[str, object]]:
    told = [event for event in heard if isinstance(event, WebhookEndpointChanged)]
    return [(event.change.value, event.by) for event in told]


def test_the_secret_is_shown_nowhere(api, admin_client):
    endpoint = endpoint_of(api)
    (key,) = endpoint_secrets.keys_in_use(endpoint, endpoint.created_at)
    sealed = bytes(endpoint.secrets.get().key)
    hidden = [
        signing.secret_text(key),
        *(base64.b64encode(each).decode() for each in (key, sealed)),
    ]
    made = finished(endpoint)
    attempt(made, status_code=500, error="status", answer="upstream <unavailable>")
    pages = [
        admin_client.get(address).content.decode()
        for address in (
            ENDPOINTS,
            f"{ENDPOINTS}{endpoint.pk}/change/",
            DELIVERIES,
            f"{DELIVERIES}{made.pk}/change/",
        )
    ]
    assert not [text for text in hidden for page in pages if text in page]
    assert "enrollment.*" not in pages[1]
    assert endpoint.url in pages[1]
    assert "upstream &lt;unavailable&gt;" in pages[3]


@pytest.mark.parametrize("failing", [True, False])
def test_a_failing_endpoint_has_a_mark(api, admin_client, failing):
    endpoint_of(api, failing_since=ago(days=2) if failing else None)
    page = admin_client.get(ENDPOINTS).content.decode()
    assert ("icon-no.svg" in page) is failing
    assert ("icon-yes.svg" in page) is not failing


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        (EndpointState.ACTIVE, "pause", EndpointState.PAUSED),
        (EndpointState.PAUSED, "resume", EndpointState.ACTIVE),
        (EndpointState.DISABLED, "resume", EndpointState.ACTIVE),
        (EndpointState.DISABLED, "pause", EndpointState.DISABLED),
    ],
)
def test_pause_and_resume(api, heard, before, action, after):
    endpoint = endpoint_of(api, state=before)
    page = run(staff_who_may("view", "change"), ENDPOINTS, action, endpoint).content.decode()
    endpoint.refresh_from_db()
    assert endpoint.state == after
    assert changes(heard)[1:] == ([] if before == after else [(f"{action}d", None)])
    assert ("resume it first" in page) is (before == after)


def test_retry(api):
    endpoint = endpoint_of(api)
    failed, sending = (
        finished(endpoint),
        delivery(endpoint, claim="a", next_attempt_at=ago(days=-1)),
    )
    page = run(staff_who_may("view", "change"), DELIVERIES, "retry", failed, sending)
    assert "Queued: 1" in page.content.decode()
    assert "is being sent at this moment" in page.content.decode()
    failed.refresh_from_db()
    sending.refresh_from_db()
    assert (failed.state, failed.attempts_made, sending.claim) == ("pending", 0, "a")


def test_retries_count_as_the_clients_own_do(api):
    """Nobody has a client's endpoints called without end, staff neither."""
    limit(api, calls_per_minute=2)
    endpoint = endpoint_of(api)
    rows = [finished(endpoint) for _ in range(4)]
    browser = staff_who_may("view", "change")
    page = run(browser, DELIVERIES, "retry", *rows).content.decode()
    assert "Queued: 2" in page
    assert page.count("Request was throttled") == 2
    assert Delivery.objects.filter(state="pending").count() == 2


@pytest.mark.parametrize(
    ("address", "action"),
    [(ENDPOINTS, "pause"), (ENDPOINTS, "resume"), (DELIVERIES, "retry")],
)
def test_who_may_only_view_does_nothing(api, heard, address, action):
    state = EndpointState.PAUSED if action == "resume" else EndpointState.ACTIVE
    endpoint = endpoint_of(api, state=state)
    failed = finished(endpoint)
    browser = staff_who_may("view")
    row = endpoint if address == ENDPOINTS else failed
    assert f'value="{action}"' not in browser.get(address).content.decode()
    assert run(browser, address, action, row).status_code == 200
    endpoint.refresh_from_db()
    failed.refresh_from_db()
    assert (endpoint.state, failed.state) == (state, "exhausted")
    assert len(changes(heard)) == 1


@pytest.mark.parametrize("address", [ENDPOINTS, DELIVERIES])
def test_nothing_is_added_or_edited(api, admin_client, address):
    endpoint = endpoint_of(api)
    row = endpoint if address == ENDPOINTS else finished(endpoint)
    assert admin_client.get(f"{address}add/").status_code == 403
    form = {"name": "x", "url": "https://127.0.0.1/", "state": "delivered"}
    assert admin_client.post(f"{address}{row.pk}/change/", form).status_code == 403


def test_deleting_an_endpoint_is_told(api, admin_client, heard):
    one, two, three = (endpoint_of(api) for _ in range(3))
    admin_client.post(f"{ENDPOINTS}{one.pk}/delete/", {"post": "yes"})
    form = {"action": "delete_selected", "_selected_action": [two.pk, three.pk], "post": "yes"}
    admin_client.post(ENDPOINTS, form)
    assert set(Endpoint.objects.values_list("state", "url")) == {("deleted", "")}
    assert f"{ENDPOINTS}{one.pk}/" not in admin_client.get(ENDPOINTS).content.decode()
    assert changes(heard)[3:] == [("deleted", None)] * 3


@pytest.mark.parametrize("address", [ENDPOINTS, DELIVERIES])
def test_search_finds_by_id(api, admin_client, address):
    endpoints = [endpoint_of(api) for _ in range(2)]
    rows = endpoints if address == ENDPOINTS else [finished(each) for each in endpoints]

    def found(text: str) -> list[bool]:
        page = admin_client.get(address, {"q": text}).content.decode()
        return [f"{address}{row.pk}/change/" in page for row in rows]

    assert found(str(rows[0].public_id)) == [True, False]
    assert found(f" {rows[1].public_id} ") == [False, True]
    assert found(str(rows[0].public_id)[:8]) == [False, False]
    assert found(str(uuid4())) == found("x") == [False, False]
    assert found("") == [True, True]


def test_deliveries_of_a_message_and_of_an_endpoint(api, admin_client):
    first, second = endpoint_of(api), endpoint_of(api)
    mine = [finished(first, message_id="msg_1"), finished(first, event_type="import.completed")]
    theirs = finished(second, message_id="msg_1")

    def found(**asked: object) -> list[bool]:
        page = admin_client.get(DELIVERIES, asked).content.decode()
        return [f"{DELIVERIES}{row.pk}/change/" in page for row in (*mine, theirs)]

    assert found(q="msg_1") == [True, False, True]
    assert found(q=str(first.public_id)) == [True, True, False]
    page = admin_client.get(DELIVERIES).content.decode()
    assert ("import.completed" in page, "Import completed" in page) == (True, False)
    assert "msg_1" in page


def test_the_page_of_an_endpoint(api, admin_client):
    endpoint = endpoint_of(api, failing_since=ago(days=2))
    page = admin_client.get(f"{ENDPOINTS}{endpoint.pk}/change/").content.decode()
    assert str(endpoint.public_id) in page
    assert f"{DELIVERIES}?q={endpoint.public_id}" in page
    for label in ("Created at", "Failing since", "Last success at"):
        assert label in page


@pytest.mark.parametrize(
    ("address", "counted"), [(ENDPOINTS, "webhook endpoints"), (DELIVERIES, "deliveries")]
)
def test_the_number_of_queries_and_of_rows(
    api, admin_client, address, counted, monkeypatch, django_assert_max_num_queries
):
    for _ in range(8):
        finished(endpoint_of(api))
    with django_assert_max_num_queries(10):
        page = admin_client.get(address).content.decode()
    assert f"8 {counted}" in page
    monkeypatch.setattr(admin_lists, "MOST_ROWS", 3)
    page = admin_client.get(address).content.decode()
    assert f"3 {counted}" in page
    assert "lead to the first 3 only" in page


def test_a_delivery_shows_its_newest_attempts_alone(api, admin_client):
    made = finished(endpoint_of(api))
    for number in range(103):
        attempt(made, status_code=500, error="status", answer=f"answer-{number}.")
    page = admin_client.get(f"{DELIVERIES}{made.pk}/change/").content.decode()
    shown = [number for number in range(103) if f"answer-{number}." in page]
    assert shown == list(range(3, 103))
