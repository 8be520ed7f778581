"""The lease on the processing of items: one process at a time has it.

A process that loses it to another one, because it was stopped for longer than the lease lasts, does
no harm: each item ends once. The lease keeps the load at one item at a time.
"""

import os
import secrets
import socket
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from faceplatform.transactions import retried
from imports.models import RunnerLease

_NAME = "imports"
# In addition to the time that one frame may take.
_SPARE_SECONDS = 20


def new_owner() -> str:
    """Return a name for a process that wants to process items."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"


@retried
def take(owner: str) -> bool:
    """Take the lease, or renew it; return False if another process has it."""
    if _renew(owner):
        return True
    _, is_new = RunnerLease.objects.get_or_create(
        name=_NAME, defaults={"expires_at": timezone.now()}
    )
    return is_new and _renew(owner)


def _renew(owner: str) -> bool:
    now = timezone.now()
    free = Q(owner=owner) | Q(expires_at__lte=now)
    rows = RunnerLease.objects.filter(free, name=_NAME)
    return bool(rows.update(owner=owner, expires_at=now + _duration()))


@retried
def release(owner: str) -> None:
    """Let the next process take the lease at once."""
    mine = RunnerLease.objects.filter(name=_NAME, owner=owner)
    mine.update(owner="", expires_at=timezone.now())


def is_free() -> bool:
    """Return True if no process has the lease."""
    return not RunnerLease.objects.filter(name=_NAME, expires_at__gt=timezone.now()).exists()


def _duration() -> timedelta:
    return timedelta(seconds=settings.FACEPLATFORM_FRAME_SECONDS + _SPARE_SECONDS)
