"""`/api/webhooks/endpoints/`: creating, reading, changing, deleting endpoints."""

import pytest
from django.utils import timezone

from faceplatform.api.scopes import Scope
from faceplatform.events import EndpointChange, WebhookEndpointChanged
from tests.clients.keys import with_key
from tests.stage import limit, problem
from tests.webhooks.endpoints import (
    ENDPOINTS,
    HOOKS,
    URL,
    at,
    attempt,
    create,
    delivery,
    endpoint_of,
)
from webhooks import endpoint_secrets, endpoints, health, signing
from webhooks.catalogue import PATTERNS
from webhooks.models import Delivery, Endpoint, EndpointSecret, EndpointState, Subscription

pytestmark = pytest.mark.django_db


def changes(heard) -> list[tuple[str, tuple[str, ...]]]:
    told = [event for event in heard if isinstance(event, WebhookEndpointChanged)]
    return [(event.change.value, event.changed) for event in told]


def test_a_created_endpoint_shows_its_secret_once(api, heard):
    answer = create(api, subscribed_events=["subject.created", "enrollment.*"])
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    made = answer.json()
    endpoint = Endpoint.objects.get()
    keys = endpoint_secrets.keys_in_use(endpoint, endpoint.created_at)
    assert [signing.secret_text(key) for key in keys] == [made.pop("secret")]
    assert made["subscribed_events"] == ["enrollment.*", "subject.created"]
    assert (made["state"], made["disabled_reason"], made["failing_since"]) == ("active", None, None)
    assert api.http.get(at(endpoint)).json() == made
    assert api.http.get(ENDPOINTS).json()["results"] == [made]
    (told,) = (each for each in heard if isinstance(each, WebhookEndpointChanged))
    assert told.change is EndpointChange.CREATED
    assert (told.endpoint_id, told.by) == (endpoint.public_id, api.issued.credential.public_id)


def test_no_answer_with_a_secret_is_kept(api):
    api.also_send(HTTP_IDEMPOTENCY_KEY="once")
    first, second = create(api), create(api)
    assert first.json()["secret"] != second.json()["secret"]
    again = [
        api.http.post(f"{ENDPOINTS}{first.json()['id']}/regenerate_secret/", {}, format="json")
        for _ in range(2)
    ]
    assert again[0].json()["secret"] != again[1].json()["secret"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (["*"], ["*"]),
        (["enrollment.*", "enrollment.*"], ["enrollment.*"]),
        (["subject.created", "*", "subject.created"], ["*", "subject.created"]),
        (sorted(PATTERNS), sorted(PATTERNS)),
    ],
)
def test_subscriptions(api, sent, kept):
    assert create(api, subscribed_events=sent).json()["subscribed_events"] == kept
    assert Subscription.objects.count() == len(kept)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("enrolment.completed", " Did you mean enrollment.completed?"),
        ("enrollment", " Did you mean enrollment.*?"),
        ("Subject.Created", " Did you mean subject.created?"),
        ("zzz", ""),
    ],
)
def test_an_unknown_type_is_refused_with_all_and_a_close_one(api, sent, meant):
    told = problem(create(api, subscribed_events=["*", sent]), 400, "validation_failed")
    fault = str(told["errors"])
    assert f"There is no such event type.{meant} Choose one of: *, authentication.*" in fault
    assert "unknown_event_type" in fault
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"subscribed_events": []},
        {"subscribed_events": None},
        {"subscribed_events": "*"},
        {"subscribed_events": ["*"] * 1000},
        {"subscribed_events": [["*"]]},
        {"name": ""},
        {"name": "x" * 101},
        {"url": ""},
        {"url": f"https://example.com/{'x' * 2000}"},
        {"state": "paused"},
        {"secret": "whsec_x"},
    ],
    ids=str,
)
def test_malformed(api, fields):
    problem(create(api, **fields), 400, "validation_failed")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/", "https_required"),
        ("https://127.0.0.1/", "address"),
        ("https://user@example.com/", "credentials"),
        ("ftp://example.com/", "scheme"),
        (" https://example.com/", "characters"),
        ("https://example.com/\n", "characters"),
        # The slash that it lacks would make it longer than the column.
        (f"https://example.com?{'x' * 1980}", "too_long"),
    ],
)
def test_an_address_that_is_not_allowed(api, url, reason):
    endpoint = endpoint_of(api)
    for answer in (
        create(api, url=url),
        api.http.patch(at(endpoint), {"url": url}, format="json"),
    ):
        assert problem(answer, 400, "endpoint_url_refused")["reason"] == reason
    assert Endpoint.objects.get().url == endpoint.url


@pytest.mark.parametrize(
    ("url", "variable"),
    [
        ("http://example.com/", "FACEPLATFORM_WEBHOOKS_ALLOW_HTTP"),
        ("https://127.0.0.1/", "FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS"),
        ("https://localhost:8443/", "FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS"),
        ("https://example.com:22/", "FACEPLATFORM_WEBHOOKS_PORTS"),
    ],
)
def test_a_refusal_names_what_the_operator_can_allow(api, url, variable):
    told = problem(create(api, url=url), 400, "endpoint_url_refused")
    assert "the operator of this service can allow" in told["detail"]
    assert variable in told["detail"]
    ports = [80, 443, 8080, 8443] if told["reason"] == "port" else None
    assert told.get("allowed_ports") == ports


def test_one_endpoint_for_each_url(api, other):
    first = create(api, url=URL).json()
    for answer in (
        create(api, url=URL),
        create(api, url=URL.replace("hooks", "HOOKS")),
        api.http.patch(at(endpoint_of(api)), {"url": URL}, format="json"),
    ):
        told = problem(answer, 409, "webhook_endpoint_exists")
        assert told["endpoint_id"] == first["id"]
    assert create(api, url=URL.upper().replace("HTTPS", "https")).status_code == 201
    assert create(other, url=URL).status_code == 201
    api.http.patch(f"{ENDPOINTS}{first['id']}/", {"url": URL, "name": "same"}, format="json")
    api.http.delete(f"{ENDPOINTS}{first['id']}/")
    assert create(api, url=URL).status_code == 201


def test_an_invisible_name(api):
    problem(create(api, name="or\u200bders"), 400, "validation_failed")


def test_change(api, heard):
    endpoint = endpoint_of(api, failing_since="2026-01-01T00:00:00Z")
    wait = delivery(endpoint)
    asked = {"name": "bills", "subscribed_events": ["subject.*"]}
    changed = api.http.patch(at(endpoint), asked, format="json").json()
    assert (changed["name"], changed["subscribed_events"]) == ("bills", ["subject.*"])
    assert changed["failing_since"] is not None
    moved = api.http.patch(at(endpoint), {"url": f"{URL}/2"}, format="json").json()
    assert (moved["url"], moved["failing_since"]) == (f"{URL}/2", None)
    assert moved["subscribed_events"] == ["subject.*"]
    api.http.patch(at(endpoint), {"name": "bills", "url": f"{URL}/2"}, format="json")
    assert changes(heard)[1:] == [("changed", ("name", "subscribed_events")), ("changed", ("url",))]
    assert Delivery.objects.get() == wait
    assert EndpointSecret.objects.count() == 1


@pytest.mark.parametrize("field", ["id", "secrets", "failing_since", "created_at"])
def test_what_cannot_be_changed(api, field):
    answer = api.http.patch(at(endpoint_of(api)), {field: "x"}, format="json")
    fault = problem(answer, 400, "validation_failed")["errors"][field][0]
    assert fault["message"] == "This field is read-only."


@pytest.mark.parametrize(("field", "call"), [("state", "pause/"), ("secret", "regenerate_secret/")])
def test_what_another_call_changes(api, field, call):
    answer = api.http.patch(at(endpoint_of(api)), {field: "x"}, format="json")
    fault = problem(answer, 400, "validation_failed")["errors"][field][0]
    assert call in fault["message"]


def test_an_address_without_an_id(api):
    for address in (f"{ENDPOINTS}abc/", f"{ENDPOINTS}abc/pause/"):
        told = problem(api.http.post(address), 404, "not_found")
        assert "endpoint_id must be an id such as" in told["detail"]


def test_delete(api, heard):
    endpoint, other = endpoint_of(api), endpoint_of(api)
    attempt(delivery(endpoint))
    kept = delivery(other)
    assert api.http.delete(at(endpoint)).status_code == 204
    assert EndpointSecret.objects.get().endpoint == Subscription.objects.get().endpoint == other
    for path in ("endpoints/", "deliveries/", "event-logs/"):
        assert str(endpoint.public_id) not in api.http.get(f"{HOOKS}{path}").content.decode()
    (row,) = api.http.get(ENDPOINTS).json()["results"]
    assert row["id"] == str(other.public_id)
    problem(api.http.get(ENDPOINTS, {"state": "deleted"}), 400, "validation_failed")
    problem(api.http.delete(at(endpoint)), 404, "webhook_endpoint_not_found")
    assert changes(heard) == [("created", ()), ("created", ()), ("deleted", ())]
    assert [endpoints.remove_deleted(limit=500) for _ in range(3)] == [1, 1, 0]
    assert (Endpoint.objects.get(), Delivery.objects.get()) == (other, kept)


def test_what_is_in_hand_when_its_endpoint_is_deleted(api):
    endpoint = endpoint_of(api)
    api.http.delete(at(endpoint))
    health.note(succeeded=(), failed=(), gone=[endpoint.pk], now=timezone.now())
    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.DELETED


# (state before, call): (state after, change that is published), or the code of the refusal.
ACTIVE, PAUSED, DISABLED = EndpointState.ACTIVE, EndpointState.PAUSED, EndpointState.DISABLED
STEPS = {
    (ACTIVE, "pause"): (PAUSED, "paused"),
    (ACTIVE, "resume"): (ACTIVE, None),
    (PAUSED, "pause"): (PAUSED, None),
    (PAUSED, "resume"): (ACTIVE, "resumed"),
    (DISABLED, "pause"): (DISABLED, "webhook_endpoint_disabled"),
    (DISABLED, "resume"): (ACTIVE, "resumed"),
}


@pytest.mark.parametrize(("state", "call"), STEPS)
def test_states(api, heard, state, call):
    reason = "failing" if state == DISABLED else ""
    endpoint = endpoint_of(api, state=state, disabled_reason=reason)
    after, change = STEPS[state, call]
    answer = api.http.post(f"{at(endpoint)}{call}/")
    if change == "webhook_endpoint_disabled":
        problem(answer, 409, change)
        assert changes(heard) == [("created", ())]
    else:
        assert answer.json()["state"] == after
        assert answer.json()["disabled_reason"] is None
        assert changes(heard)[1:] == ([(change, ())] if change else [])
    endpoint.refresh_from_db()
    assert endpoint.state == after


def test_a_resumed_endpoint_has_no_failures(api):
    endpoint = endpoint_of(
        api,
        state=DISABLED,
        failing_since="2026-01-01T00:00:00Z",
        failing_told_at="2026-01-02T00:00:00Z",
    )
    api.http.post(f"{at(endpoint)}resume/")
    endpoint.refresh_from_db()
    assert endpoint.failing_since is endpoint.failing_told_at is None


@pytest.mark.parametrize("call", ["pause", "resume", "test"])
def test_calls_without_a_body_refuse_members(api, call):
    answer = api.http.post(f"{at(endpoint_of(api))}{call}/", {"now": True}, format="json")
    problem(answer, 400, "validation_failed")


@pytest.mark.parametrize(
    ("asked", "most"), [({}, 2), ({"overlap_seconds": 60}, 2), ({"overlap_seconds": 0}, 1)]
)
def test_a_new_secret(api, heard, asked, most):
    endpoint = endpoint_of(api)
    old = endpoint_secrets.keys_in_use(endpoint, endpoint.created_at)
    answer = api.http.post(f"{at(endpoint)}regenerate_secret/", asked, format="json")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    latest = EndpointSecret.objects.latest("pk")
    keys = endpoint_secrets.keys_in_use(endpoint, latest.created_at)
    assert signing.secret_text(keys[0]) == answer.json()["secret"]
    assert keys[1:] == (old if most == 2 else [])
    assert changes(heard)[1:] == [("secret_regenerated", ())]
    newest, *older = api.http.get(at(endpoint)).json()["secrets"]
    assert newest["expires_at"] is None
    assert len(older) == most - 1
    assert all(each["expires_at"] > newest["created_at"] for each in older)


@pytest.mark.parametrize("seconds", [-1, 7 * 86_400 + 1, "soon", None, 1e300])
def test_an_overlap_out_of_bounds(api, seconds):
    address = f"{at(endpoint_of(api))}regenerate_secret/"
    answer = api.http.post(address, {"overlap_seconds": seconds}, format="json")
    problem(answer, 400, "validation_failed")
    assert EndpointSecret.objects.count() == 1


def test_too_many_secrets_in_their_overlap(api):
    address = f"{at(endpoint_of(api))}regenerate_secret/"
    for _ in range(endpoint_secrets.MOST_IN_USE - 1):
        assert api.http.post(address).status_code == 200
    problem(api.http.post(address), 409, "too_many_webhook_secrets")
    assert api.http.post(address, {"overlap_seconds": 0}, format="json").status_code == 200


def test_list_filters(api, other, django_assert_max_num_queries):
    every = create(api, name="all").json()["id"]
    family = create(api, name="family", subscribed_events=["subject.*"]).json()["id"]
    one = create(api, name="one", subscribed_events=["subject.created"]).json()["id"]
    create(api, name="none", subscribed_events=["import.completed"])
    create(other, name="all")
    Endpoint.objects.filter(public_id=one).update(state="paused")

    def found(**asked: str) -> list[str]:
        return [row["id"] for row in api.http.get(ENDPOINTS, asked).json()["results"]]

    assert found(event_type="subject.created") == [one, family, every]
    assert found(event_type="subject.erased") == [family, every]
    assert found(state="paused") == [one]
    assert found(name="all") == [every]
    problem(api.http.get(ENDPOINTS, {"event_type": "subject.*"}), 400, "validation_failed")
    problem(api.http.get(ENDPOINTS, {"url": URL}), 400, "validation_failed")
    with django_assert_max_num_queries(6):
        assert len(found()) == 4


def test_the_limit(api, other):
    limit(api, webhook_endpoints=1)
    endpoint = endpoint_of(api)
    assert problem(create(api), 409, "webhook_endpoint_limit_reached")["limit"] == 1
    assert create(other).status_code == 201
    api.http.post(f"{at(endpoint)}pause/")
    problem(create(api), 409, "webhook_endpoint_limit_reached")
    api.http.delete(at(endpoint))
    assert create(api).status_code == 201


def test_the_scope_is_enough_and_gives_nothing_else(api):
    caller = with_key(api, Scope.WEBHOOKS)
    endpoint = endpoint_of(caller)
    assert caller.http.get(at(endpoint)).status_code == 200
    for address in ("/api/clients/clients/", "/api/clients/users/", "/api/auth/enrollments/"):
        problem(caller.http.get(address), 403, "scope_missing")
    problem(create(with_key(api, Scope.MANAGE)), 403, "scope_missing")
