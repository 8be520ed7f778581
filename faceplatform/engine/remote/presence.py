"""The presence of a process that measures: reported to Redis each second, once it is warm.

Frames are admitted by the number of present processes: with none, no frame is.
"""

import logging
import os
import socket
from functools import cache
from threading import Event, Thread

import redis

from faceplatform.engine.remote.mailbox import mailbox

log = logging.getLogger(__name__)
_EVERY_SECONDS = 1.0


class Presence:
    """Reports this process from a separate thread until it leaves.

    A process whose parent was killed gets no more tasks and would never end: it exits.
    """

    def __init__(self) -> None:
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._parent = os.getppid()
        self._left = Event()
        self._thread = Thread(target=self._report, name="presence", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def leave(self) -> None:
        """Stop reporting, and stop counting at once.

        Raises:
            redis.RedisError: Redis does not answer.
        """
        self._left.set()
        self._thread.join()
        mailbox().unregister(self._name)

    def _report(self) -> None:
        heard: bool | None = None
        while not self._left.is_set():
            if os.getppid() != self._parent:
                log.critical("The worker's main process is gone")
                os._exit(1)
            try:
                mailbox().register(self._name)
            except redis.RedisError as e:
                if heard is not False:
                    log.warning("Could not report the presence of this process to Redis: %s", e)
                heard = False
            else:
                if not heard:
                    log.info("This process measures frames")
                heard = True
            self._left.wait(_EVERY_SECONDS)


@cache
def presence() -> Presence:
    """Return the presence of this process."""
    return Presence()
