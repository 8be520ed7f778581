"""Starts the delivery loop: in a thread of one web process, or in a worker of its own.

The embedded default has no worker. There each web process has a thread that waits for the lease,
and the one that has it delivers. If that process is killed, another one takes over when the lease
ends. In production, workers of the queue ``webhooks`` run one loop each and need no lease, because
claims keep them apart.
"""

import logging
from datetime import timedelta
from threading import Event, Thread
from time import monotonic

from django.conf import settings
from django.db import Error, connection

from faceplatform.leases.lease import Lease, new_owner
from webhooks.loop import DeliveryLoop

log = logging.getLogger(__name__)

LEASE = Lease("webhooks", lambda: timedelta(seconds=30))
_RENEW_SECONDS = 5.0
_LOOK_SECONDS = 5.0
# The pause after a defect, which may be there again at once.
_RESTART_SECONDS = 10.0
# Longer than the loop gives to attempts under way.
_STOP_SECONDS = 15.0


class DeliveryThread:
    """A thread that delivers until it is stopped.

    Args:
        lease: True to deliver only while it has the lease.
    """

    def __init__(self, *, lease: bool) -> None:
        self._lease = lease
        self._owner = new_owner()
        self._renew_at = 0.0
        self._stopped = Event()
        self._loop: DeliveryLoop | None = None
        self._thread = Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let attempts under way end, give up the lease, and end."""
        self._stopped.set()
        if (loop := self._loop) is not None:
            loop.stop()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopped.is_set():
            pause = _LOOK_SECONDS
            try:
                if not self._lease or self._take():
                    self._deliver()
            except Exception:  # the outermost border: a defect must not end all deliveries
                log.critical("The delivery of webhooks broke off; it starts again", exc_info=True)
                pause = _RESTART_SECONDS
            self._stopped.wait(pause)

    def _deliver(self) -> None:
        self._loop = DeliveryLoop(may_go_on=self._may_go_on)
        try:
            self._loop.run()
        finally:
            if self._lease:
                self._release()

    def _may_go_on(self) -> bool:
        """Renew the lease in time. Runs in the database's thread of the loop."""
        if self._stopped.is_set():
            return False
        if self._lease and monotonic() >= self._renew_at:
            self._renew_at = monotonic() + _RENEW_SECONDS
            return LEASE.take(self._owner)
        return True

    def _take(self) -> bool:
        """Take the lease; return False if another process has it, or the database is away."""
        try:
            return LEASE.take(self._owner)
        except Error as e:
            log.warning("The lease on webhooks could not be taken: %s", e)
            return False
        finally:
            connection.close()

    def _release(self) -> None:
        try:
            LEASE.release(self._owner)
        except Error as e:
            log.warning("The lease on webhooks could not be given up, and will end: %s", e)
        finally:
            connection.close()


_in_this_process: list[DeliveryThread] = []


def start_in_web() -> None:
    """Start this web process's thread, where no worker delivers."""
    if settings.FACEPLATFORM_WEBHOOKS_BY == "thread":
        thread = DeliveryThread(lease=True)
        _in_this_process.append(thread)
        thread.start()


def stop_in_web() -> None:
    """End it, so that another process takes over at once."""
    while _in_this_process:
        _in_this_process.pop().stop()
