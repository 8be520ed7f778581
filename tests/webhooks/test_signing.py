"""Signatures of webhooks, checked by the specification's vector and an independent package."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from webhooks import signing

BODY = b'{"test": 2432232314}'


def test_the_published_vector():
    headers = signing.headers(
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, UTC),
        body=BODY,
        keys=[base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def signed(*keys: bytes, body: bytes = BODY, at: datetime | None = None) -> dict[str, str]:
    return signing.headers(message_id="msg_1", at=at or datetime.now(UTC), body=body, keys=keys)


@pytest.mark.parametrize("body", [BODY, b"{}", '{"name":"Zoë 日本 \U0001f600"}'.encode()])
def test_an_independent_package_accepts(body):
    key = signing.new_key()
    verifier = Webhook(signing.secret_text(key))
    verifier.verify(body, signed(key, body=body))
    with pytest.raises(WebhookVerificationError):
        verifier.verify(body + b" ", signed(key, body=body))


def test_each_of_several_keys_is_accepted_and_no_other():
    new, old, other = (signing.new_key() for _ in range(3))
    headers = signed(new, old)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for key in (new, old):
        Webhook(signing.secret_text(key)).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.secret_text(other)).verify(BODY, headers)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_id_and_time_are_signed(name):
    key = signing.new_key()
    headers = signed(key)
    headers[name] = str(int(headers[name]) + 1) if name == "webhook-timestamp" else "msg_2"
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.secret_text(key)).verify(BODY, headers)


def test_the_time_is_the_same_in_every_zone():
    at = datetime(2026, 11, 28, 12, 0, 0, 999_999, tzinfo=UTC)
    key = signing.new_key()
    elsewhere = at.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert signed(key, at=at) == signed(key, at=elsewhere)
    assert signed(key, at=at)["webhook-timestamp"] == "1795867200"


@pytest.mark.parametrize(
    ("message_id", "at", "keys"),
    [
        ("", datetime.now(UTC), [b"k"]),
        ("msg.1", datetime.now(UTC), [b"k"]),
        ("msg_1", datetime(2026, 11, 28), [b"k"]),  # noqa: DTZ001  (the mistake)
        ("msg_1", datetime.now(UTC), []),
    ],
)
def test_nothing_ambiguous_is_signed(message_id, at, keys):
    with pytest.raises(ValueError, match="signature"):
        signing.headers(message_id=message_id, at=at, body=BODY, keys=keys)


def test_secrets_are_random_and_in_the_specified_form():
    keys = {signing.new_key() for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        prefix, _, text = signing.secret_text(key).partition("_")
        assert prefix == "whsec"
        assert base64.b64decode(text, validate=True) == key
        assert 24 <= len(key) <= 64
