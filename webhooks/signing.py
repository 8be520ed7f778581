"""Signatures of webhooks: Standard Webhooks 1.0.0, symmetric (HMAC-SHA256)."""

import base64
import hashlib
import hmac
import math
import secrets
from collections.abc import Sequence
from datetime import datetime

SECRET_PREFIX = "whsec_"  # noqa: S105  (the prefix of all, no secret)
_KEY_BYTES = 32
_VERSION = "v1"


def new_key() -> bytes:
    """Return 32 random bytes to sign with."""
    return secrets.token_bytes(_KEY_BYTES)


def secret_text(key: bytes) -> str:
    """Return the key as a receiver gets it: ``whsec_`` and its base64."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def headers(*, message_id: str, at: datetime, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """Return the headers that identify and sign one attempt.

    Args:
        message_id: the same for all attempts of one event; without a full stop, because full stops
            separate what is signed.
        at: the time of this attempt.
        body: exactly the bytes that are sent.
        keys: every key in use. A receiver that knows one of them accepts.

    Raises:
        ValueError: an unusable ``message_id``, a time without a zone, or no keys.
    """
    if not message_id or "." in message_id or at.tzinfo is None or not keys:
        raise ValueError("a signature needs an id without a full stop, a zoned time, and a key")
    timestamp = str(math.floor(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(key, signed) for key in keys),
    }


def _signature(key: bytes, signed: bytes) -> str:
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"{_VERSION},{base64.b64encode(digest).decode()}"
