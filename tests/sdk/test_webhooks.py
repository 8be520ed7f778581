"""Deliveries, signed by the service's own code."""

import json
from datetime import UTC, datetime

import pytest

from faceplatform_sdk import Webhook, WebhookRejected
from tests.webhooks.test_verify_snippets import BODY, FOREIGN, NEW, cases, signed
from webhooks import signing


def secret(key):
    return signing.secret_text(key)


@pytest.mark.parametrize("case", cases())
def test_verdicts(case):
    is_good, headers, body = cases()[case]
    webhook = Webhook(secret(NEW))
    if is_good:
        webhook.verify(headers, body)
    else:
        with pytest.raises(WebhookRejected):
            webhook.verify(headers, body)


def test_the_event():
    told = {"type": "subject.created", "timestamp": "2026-11-24T22:19:33.660213Z",
            "data": {"user_id": "alice"}}  # fmt: skip
    body = json.dumps(told).encode()
    headers = {name.title(): value for name, value in signed(NEW, body=body).items()}
    event = Webhook(secret(NEW)).event(headers, body)
    assert (event.id, event.type, event.data) == ("msg_1", "subject.created", {"user_id": "alice"})
    assert event.timestamp == datetime(2026, 11, 24, 22, 19, 33, 660213, tzinfo=UTC)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff"])
def test_a_signed_body_that_is_no_event(body):
    with pytest.raises(WebhookRejected):
        Webhook(secret(NEW)).event(signed(NEW, body=body), body)


def test_an_event_is_verified_before_it_is_read():
    with pytest.raises(WebhookRejected, match="by this secret"):
        Webhook(secret(FOREIGN)).event(signed(NEW), BODY)


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_%%%", "fps_secret"])
def test_a_text_that_is_no_secret(text):
    with pytest.raises(ValueError, match="whsec_"):
        Webhook(text)


def test_the_secret_is_not_shown():
    assert secret(NEW) not in repr(Webhook(secret(NEW)))
