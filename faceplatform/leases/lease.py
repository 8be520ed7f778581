"""A lease on a kind of work: one process at a time has it.

A process that was stopped for longer than its lease lasts loses it to another one without noticing
at once. Work under a lease must do no harm then.
"""

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from faceplatform.leases.models import Lease as Row
from faceplatform.transactions import retried


def new_owner() -> str:
    """Return a name for a process, or a thread, that wants to work."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True)
class Lease:
    """The lease on one kind of work.

    Args:
        name: the work.
        duration: returns the time after which the lease ends unless it is renewed.
    """

    name: str
    duration: Callable[[], timedelta]

    def take(self, owner: str) -> bool:
        """Take the lease, or renew it; return False if another process has it."""
        return _take(self.name, owner, self.duration())

    def release(self, owner: str) -> None:
        """Let the next process take the lease at once."""
        _release(self.name, owner)

    def is_free(self) -> bool:
        """Return True if no process has the lease."""
        return not Row.objects.filter(name=self.name, expires_at__gt=timezone.now()).exists()


@retried
def _take(name: str, owner: str, duration: timedelta) -> bool:
    if _renew(name, owner, duration):
        return True
    _, is_new = Row.objects.get_or_create(name=name, defaults={"expires_at": timezone.now()})
    return is_new and _renew(name, owner, duration)


def _renew(name: str, owner: str, duration: timedelta) -> bool:
    now = timezone.now()
    free = Q(owner=owner) | Q(expires_at__lte=now)
    rows = Row.objects.filter(free, name=name)
    return bool(rows.update(owner=owner, expires_at=now + duration))


@retried
def _release(name: str, owner: str) -> None:
    Row.objects.filter(name=name, owner=owner).update(owner="", expires_at=timezone.now())
