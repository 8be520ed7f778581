"""Verifies deliveries of webhooks, after Standard Webhooks 1.0.0 (HMAC-SHA256, scheme ``v1``)."""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from faceplatform_sdk.errors import WebhookRejected

_TIMESTAMP = re.compile("[0-9]{1,12}")


@dataclass(frozen=True, kw_only=True)
class Event:
    """The content of a delivery.

    Attributes:
        id: the same in all attempts and replays: ignore ids that you have handled.
        type: such as ``enrollment.completed``.
        timestamp: when it happened.
        data: by type, as docs/webhooks.md lists it.
    """

    id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]


class Webhook:
    """Verifies the deliveries to one endpoint.

    Args:
        secret: of the endpoint, ``whsec_...``.
        tolerance: seconds by which the time of an attempt may differ from now.

    Raises:
        ValueError: the secret is none.
    """

    def __init__(self, secret: str, *, tolerance: float = 300.0) -> None:
        try:
            self._key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            self._key = b""
        if not secret.startswith("whsec_") or not self._key:
            raise ValueError("the secret of an endpoint is whsec_ and base64")
        self._tolerance = tolerance

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: float | None = None) -> None:
        """Accept a delivery that was signed with the secret within the tolerance.

        Args:
            headers: of the request; the case of names does not matter.
            body: the bytes as received, not JSON that was parsed and written again.
            now: seconds since 1970; for tests.

        Raises:
            WebhookRejected: it was not.
        """
        found = {name.lower(): value for name, value in headers.items()}
        timestamp = found.get("webhook-timestamp", "")
        if not _TIMESTAMP.fullmatch(timestamp):
            raise WebhookRejected("the header webhook-timestamp is missing or no time")
        if abs((time.time() if now is None else now) - int(timestamp)) > self._tolerance:
            raise WebhookRejected("the delivery is too old, or a clock is wrong")
        signed = f"{found.get('webhook-id', '')}.{timestamp}.".encode() + body
        digest = hmac.new(self._key, signed, hashlib.sha256).digest()
        expected = b"v1," + base64.b64encode(digest)
        given = found.get("webhook-signature", "").encode().split(b" ")
        # All are compared, so that the time does not tell which one fits.
        if not sum(hmac.compare_digest(expected, signature) for signature in given):
            raise WebhookRejected("no signature is by this secret")

    def event(self, headers: Mapping[str, str], body: bytes, *, now: float | None = None) -> Event:
        """Return the event of a delivery; the arguments are those of ``verify``.

        Raises:
            WebhookRejected: it was not signed with the secret, or is no event.
        """
        self.verify(headers, body, now=now)
        try:
            told = json.loads(body)
            return Event(
                id={name.lower(): value for name, value in headers.items()}["webhook-id"],
                type=told["type"],
                timestamp=datetime.fromisoformat(told["timestamp"]),
                data=told["data"],
            )
        except (ValueError, KeyError, TypeError) as e:
            raise WebhookRejected("the body is no event") from e
