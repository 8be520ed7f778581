"""The limit on deliveries that a client sends again, so that it cannot have its endpoints called
without end: in a minute, as many as it may make calls."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import time

from django.core.cache import cache
from rest_framework.exceptions import Throttled

from faceplatform.api.windows import SlidingWindow
from faceplatform.tenant import Tenant


@dataclass(slots=True)
class Resent:
    """The number of deliveries that a call has queued again."""

    number: int = 0


@contextmanager
def limited(client: Tenant, *, most: int) -> Iterator[Resent]:
    """Let a call queue deliveries again, if the client has any left in this minute.

    Args:
        most: the number that the call may queue. It may pass the limit by these, and the client
            waits for longer then.

    Raises:
        rest_framework.exceptions.Throttled
    """
    limit = client.limits_in_force.calls_per_minute
    key = f"throttle:webhook-resends:{client.pk}"
    window = SlidingWindow(cache, key, limit=limit, seconds=60, now=time())
    if not window.take_some(most):
        raise Throttled(wait=math.ceil(window.wait()))
    resent = Resent()
    try:
        yield resent
    finally:
        if left := most - resent.number:
            window.give_back(left)
