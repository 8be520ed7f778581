"""The test of an endpoint: one signed event, sent while the caller waits.

It occupies a thread of the server for as long as the receiver may take, so a client has one at a
time, a process only a few, and a client only so many a minute. No database transaction is open
meanwhile. A test is no delivery: it is neither recorded nor repeated, and is sent in any state, so
that an endpoint can be tried before it is resumed.
"""

import asyncio
import math
import uuid
from datetime import datetime
from time import time

from django.core.cache import cache
from django.utils import timezone

from faceplatform.api.windows import SlidingWindow
from faceplatform.turns import Turns
from webhooks import endpoint_secrets, signing
from webhooks.catalogue import EventType
from webhooks.errors import TestInProgress, TooManyTests
from webhooks.http import Answer, Sender
from webhooks.models import Endpoint
from webhooks.payloads import TrialData, body_of

PER_MINUTE = 10
# Of a process's threads, 16 by default.
AT_ONCE = 4


def _in_progress() -> TestInProgress:
    return TestInProgress(retry_after=1)


turns = Turns(
    "webhook-test",
    at_once=AT_ONCE,
    seconds=30,  # longer than any attempt
    mine=_in_progress,
    others=_in_progress,
)


def send(endpoint: Endpoint) -> Answer:
    """Send a test event to an endpoint now, and return the receiver's answer.

    Raises:
        TestInProgress, TooManyTests
    """
    with turns.held(endpoint.client_id):
        _count(endpoint.client_id)
        at, message_id = timezone.now(), f"msg_{uuid.uuid4().hex}"
        data = TrialData(endpoint_id=endpoint.public_id, endpoint_name=endpoint.name)
        body = _body(endpoint, at=at, data=data).encode()
        keys = endpoint_secrets.keys_in_use(endpoint, at)
        headers = signing.headers(message_id=message_id, at=at, body=body, keys=keys)
        return asyncio.run(_post(endpoint.url, body, headers))


def _body(endpoint: Endpoint, *, at: datetime, data: TrialData) -> str:
    return body_of(EventType.TEST, at=at, data=data, sandbox=endpoint.client.is_sandbox)


async def _post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    async with Sender() as sender:
        return await sender.post(url, body=body, headers=headers)


def _count(client_pk: int) -> None:
    window = SlidingWindow(
        cache, f"throttle:webhook-test:{client_pk}", limit=PER_MINUTE, seconds=60, now=time()
    )
    if not window.take():
        wait = math.ceil(window.wait())
        raise TooManyTests(
            f"A client may send {PER_MINUTE} tests a minute: wait {wait} s", retry_after=wait
        )
