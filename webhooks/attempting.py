"""One attempt: signed with its own time, and sent."""

from collections.abc import Callable, Sequence
from datetime import datetime

from webhooks import signing
from webhooks.claims import Claimed
from webhooks.http import Answer, Sender
from webhooks.results import Result

# The code of an attempt that could not be signed: the endpoint has no secret that can be opened.
SECRET_UNAVAILABLE = "secret_unavailable"  # noqa: S105  (no secret)


async def attempt(
    claimed: Claimed, keys: Sequence[bytes], *, sender: Sender, now: Callable[[], datetime]
) -> Result:
    """Send a delivery once; return its result, failed or not.

    Args:
        keys: the endpoint's keys in use, newest first.
    """
    at = now()
    if keys:
        headers = signing.headers(
            message_id=claimed.message_id, at=at, body=claimed.body, keys=keys
        )
        answer = await sender.post(
            claimed.endpoint.url,
            body=claimed.body,
            headers=headers,
            owner=claimed.endpoint.client_id,
        )
    else:
        answer = Answer(
            status_code=None, milliseconds=0, error=SECRET_UNAVAILABLE, retry_after=None, text=""
        )
    return Result(claimed=claimed, at=at, answer=answer)
