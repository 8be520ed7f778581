"""The delivery loop: claims what is due, sends it, writes the results.

Requests run on an event loop, all database work in one other thread. The loop looks for work when
it is woken (`webhooks.wake`), when an attempt has ended, when a retry is due, and each second.
Several loops may run at once, in any processes.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from time import monotonic
from typing import TypeVar
from weakref import WeakValueDictionary

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from webhooks import attempting, wake
from webhooks.claims import Claimed
from webhooks.desk import AT_ONCE, Desk, Work
from webhooks.http import TOTAL_SECONDS, Sender
from webhooks.lanes import Lanes

log = logging.getLogger(__name__)
T = TypeVar("T")

_POLL_SECONDS = 1.0
# The pause between two looks: results gather meanwhile, and are written together.
_GATHER_SECONDS = 0.02
# Deliveries in hand, sockets at most.
_PLACES = 400
# A claimed delivery is sent as it was then, to the address of then. One that has waited longer for
# its endpoint's others is given back, and read again: it may have been changed or deleted.
_START_SECONDS = 1.0
# For attempts under way when the loop is stopped. Longer ones are due again at their claims' end.
_STOP_SECONDS = 10.0


class DeliveryLoop:
    """One loop, run once.

    Args:
        now: the clock.
        may_go_on: asked in the database's thread before each look; False ends the loop.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = timezone.now,
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self._now = now
        self._may_go_on = may_go_on
        self._desk = Desk(now)
        self._lanes = Lanes(settings.FACEPLATFORM_WEBHOOKS_PER_ENDPOINT, _PLACES)
        self._gates: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()
        self._in_hand: dict[int, asyncio.Task[None]] = {}
        self._is_stopped = False
        self._changed = asyncio.Event()

    def run(self, *, until_done: bool = False) -> None:
        """Deliver until `stop`, or until nothing is due.

        Raises:
            django.db.Error: only if it is to end by itself; otherwise it tries again.
        """
        asyncio.run(self._run(until_done=until_done))

    def stop(self) -> None:
        """End the loop soon: attempts under way may end, others are left. From any thread."""
        self._is_stopped = True
        wake.wake()

    async def _run(self, *, until_done: bool) -> None:
        loop = asyncio.get_running_loop()
        alarm = partial(loop.call_soon_threadsafe, self._changed.set)
        with ThreadPoolExecutor(1, "webhooks-database") as database:
            wake.register(alarm)
            try:
                async with Sender() as sender:
                    await self._deliver(sender, database, until_done=until_done)
                    await self._finish(database)
            finally:
                wake.unregister(alarm)
                await loop.run_in_executor(database, _close_connection)

    async def _deliver(self, sender: Sender, database: Executor, *, until_done: bool) -> None:
        while not self._is_stopped:
            self._changed.clear()
            work = await self._look(database, survives=not until_done)
            for claimed in work.claimed:
                self._begin(claimed, work, sender)
            if until_done and not self._in_hand and self._desk.is_empty:
                return
            if len(work.claimed) < AT_ONCE:
                await self._wait(work.next_at)

    async def _look(self, database: Executor, *, survives: bool) -> Work:
        """Write results and claim work. While the database is away, return none."""
        look = partial(self._look_now, frozenset(self._in_hand), self._lanes.copy())
        try:
            return await asyncio.get_running_loop().run_in_executor(database, look)
        except Error:
            if not survives:
                raise
            log.exception("Webhooks wait for the database")
            await asyncio.sleep(_POLL_SECONDS)
            return Work()

    def _look_now(self, in_hand: Collection[int], lanes: Lanes) -> Work:
        """Do the database's part, in its thread."""
        try:
            self._desk.write()
            if not self._may_go_on():
                self._is_stopped = True
                return Work()
            return self._desk.look(lanes=lanes, in_hand=in_hand)
        except Error:
            connection.close()
            raise

    def _begin(self, claimed: Claimed, work: Work, sender: Sender) -> None:
        keys = work.keys.get(claimed.endpoint.pk, [])
        start_by = min(monotonic() + _START_SECONDS, work.lease_ends - TOTAL_SECONDS)
        attempt = self._attempt(claimed, keys, sender, start_by=start_by)
        self._lanes.enter(claimed.endpoint.pk, claimed.endpoint.client_id)
        task = asyncio.create_task(attempt)
        self._in_hand[claimed.pk] = task
        task.add_done_callback(partial(self._ended, claimed))

    async def _attempt(
        self, claimed: Claimed, keys: list[bytes], sender: Sender, *, start_by: float
    ) -> None:
        endpoint = claimed.endpoint.pk
        gate = self._gates.get(endpoint)
        if gate is None:
            gate = self._gates[endpoint] = asyncio.Semaphore(self._lanes.most)
        async with gate:
            if self._is_stopped or monotonic() > start_by:
                self._desk.unsent.append(claimed)
                return
            result = await attempting.attempt(claimed, keys, sender=sender, now=self._now)
        answer = result.answer
        self._lanes.answered(endpoint, succeeded=answer.succeeded, milliseconds=answer.milliseconds)
        self._desk.results.append(result)

    def _ended(self, claimed: Claimed, task: "asyncio.Task[None]") -> None:
        del self._in_hand[claimed.pk]
        self._lanes.leave(claimed.endpoint.pk, claimed.endpoint.client_id)
        self._changed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # A defect. Its delivery is due again when the claim ends.
            log.error("A webhook attempt broke off", exc_info=error)

    async def _wait(self, next_at: datetime | None) -> None:
        """Wait until there may be something to do."""
        seconds = _POLL_SECONDS
        if next_at is not None:
            seconds = min(max((next_at - self._now()).total_seconds(), 0.0), seconds)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        await asyncio.sleep(_GATHER_SECONDS)

    async def _finish(self, database: Executor) -> None:
        """Let attempts under way end, for a while, and write their results."""
        self._is_stopped = True
        if self._in_hand:
            _, late = await asyncio.wait(self._in_hand.values(), timeout=_STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        try:
            await asyncio.get_running_loop().run_in_executor(database, self._desk.write)
        except Error:
            log.exception("Results of webhook attempts could not be written: they will be repeated")


def _close_connection() -> None:
    """Close the calling thread's connection to the database."""
    connection.close()
