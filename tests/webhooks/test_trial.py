"""`endpoints/{id}/test/`: a signed event, sent while the caller waits."""

import json
from contextlib import ExitStack
from ipaddress import ip_network

import pytest
from django.db import connection
from standardwebhooks import Webhook

from tests.stage import problem
from tests.webhooks.endpoints import at, create, endpoint_of
from tests.webhooks.listening import listening
from tests.webhooks.receivers import OK
from webhooks import trial
from webhooks.answers import Answer
from webhooks.http import Sender
from webhooks.models import Attempt, Delivery, Endpoint

pytestmark = pytest.mark.django_db
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 9\r\nRetry-After: 60\r\n\r\nbusy\x00\xff...\r\n"
MOVED = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.FACEPLATFORM_WEBHOOKS_ALLOW_HTTP = True
    settings.FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


def call(api, endpoint):
    return api.http.post(f"{at(endpoint)}test/")


@pytest.mark.parametrize("state", ["active", "paused", "disabled"])
def test_a_real_signed_event(api, state):
    with listening(OK) as received:
        made = create(api, url=received.url, subscribed_events=["import.completed"]).json()
        endpoint = Endpoint.objects.get()
        Endpoint.objects.update(state=state)
        answer = call(api, endpoint).json()
    assert answer.pop("latency_ms") >= 0
    assert answer == {"delivered": True, "status_code": 200, "error": None, "answer": "ok"}
    body = received.requests[0][1]
    told = Webhook(made["secret"]).verify(body, received.headers())
    assert told == json.loads(body)
    assert told["type"] == "webhook.test"
    assert told["data"]["endpoint_id"] == made["id"]
    assert not Delivery.objects.exists()
    assert not Attempt.objects.exists()


@pytest.mark.parametrize(
    ("sent", "status", "error", "text"),
    [(BUSY, 503, "status", "busy"), (MOVED, 302, "redirect", "")],
)
def test_a_receiver_that_fails_is_no_error(api, sent, status, error, text):
    with listening(sent) as received:
        create(api, url=received.url)
        answer = call(api, Endpoint.objects.get())
    assert answer.status_code == 200
    told = answer.json()
    assert (told["delivered"], told["status_code"], told["error"]) == (False, status, error)
    assert told["answer"].startswith(text)
    assert Endpoint.objects.get().failing_since is None


def test_an_address_that_is_allowed_no_longer(api, settings):
    create(api, url="http://127.0.0.1:9/")
    settings.FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS = []
    told = call(api, Endpoint.objects.get()).json()
    assert (told["delivered"], told["status_code"]) == (False, None)
    assert told["error"] == "address_refused"


def test_one_at_a_time_for_a_client(api, other):
    mine, theirs = (endpoint_of(each, url="https://127.0.0.2:9/") for each in (api, other))
    with trial.turns.held(api.client.pk):
        told = call(api, mine)
        problem(told, 409, "webhook_test_in_progress")
        assert told["Retry-After"] == "1"
        assert call(other, theirs).status_code == 200
    assert call(api, mine).status_code == 200


def test_a_few_at_a_time_in_a_process(api):
    endpoint = endpoint_of(api, url="https://127.0.0.2:9/")
    with ExitStack() as taken:
        for client_pk in range(-trial.AT_ONCE, 0):
            taken.enter_context(trial.turns.held(client_pk))
        problem(call(api, endpoint), 409, "webhook_test_in_progress")
    assert call(api, endpoint).status_code == 200


def test_a_few_a_minute(api, monkeypatch):
    monkeypatch.setattr(trial, "time", lambda: 1_000_000_000.0)
    endpoint = endpoint_of(api, url="https://127.0.0.2:9/")
    assert [call(api, endpoint).status_code for _ in range(trial.PER_MINUTE)] == [200] * 10
    refused = call(api, endpoint)
    assert "10 tests a minute" in problem(refused, 429, "throttled")["detail"]
    assert int(refused["Retry-After"]) > 0


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_meanwhile(api, monkeypatch):
    seen = []

    async def post(self, url, *, body, headers):
        seen.append(connection.in_atomic_block)
        return Answer(status_code=204, milliseconds=1, error="", retry_after=None, text="")

    monkeypatch.setattr(Sender, "post", post)
    assert call(api, endpoint_of(api)).json()["delivered"] is True
    assert seen == [False]
