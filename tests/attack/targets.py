"""Targets of attacks: running servers, each with a client."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.pictures import VGA, portraits
from tests.attack.resources import memory
from tests.deployment import (
    Caller,
    Deployment,
    Embedded,
    Key,
    Process,
    Server,
    models_folder,
)

NAMES = ("embedded", "deployment")
# Limits on calls would stop an attack on memory or time, and hide its effect.
UNTHROTTLED = {
    "FACEPLATFORM_THROTTLE_CALLER": "1000000/min",
    "FACEPLATFORM_THROTTLE_CREDENTIALS": "1000000/min",
    "FACEPLATFORM_THROTTLE_STRANGERS": "1000000/min",
}
FRAME_LIMIT = 10  # tokens of sessions of the target's client
_WORKERS = 2
_WARM_CALLERS = 32  # the number of threads of two web processes
_WARM_FRAMES = 2
_WARM_ROUNDS = 6
_STEADY = 1.03


class Target:
    """A server, warmed up by ordinary frames, and a client with short sessions.

    Args:
        name: "embedded" or "deployment".
    """

    def __init__(self, name: str, server: Server) -> None:
        self.name, self.server = name, server
        self._key: Key = server.create_client("attacked", max_enrollment_frames=FRAME_LIMIT)
        self.warm_up()

    @property
    def port(self) -> int:
        return self.server.port

    def caller(self) -> Caller:
        """Return the client's backend, with a new connection."""
        return self.server.caller(self._key)

    def processes(self) -> list[Process]:
        return self.server.parts()

    def strike_down(self) -> None:
        """Kill the product's processes, but not database and Redis."""
        for part in self.processes():
            part.kill()

    def revive(self) -> None:
        """Restart the processes that an attack has ended."""
        ended = [part for part in self.processes() if not part.is_running]
        for part in ended:
            part.start()
        if ended:
            self.warm_up()

    def restart(self, **environment: str) -> None:
        """Replace the web processes by new ones, which have served no request.

        Args:
            environment: changes for these and all later processes.
        """
        web, *_ = self.processes()
        web.kill()
        web.environment |= environment
        web.start()

    def warm_up(self) -> None:
        """Post ordinary frames until memory stops growing.

        The memory after an attack is compared with that of a working server, not of a new one.
        """
        for _ in range(_WARM_ROUNDS):
            before = memory(self.processes())
            self._post_ordinary_frames()
            after = memory(self.processes())
            if all(mb <= _STEADY * before.get(pid, 0) for pid, mb in after.items()):
                return

    def _post_ordinary_frames(self) -> None:
        """Post as many at once as there are threads, so that each thread gets some."""
        backend = self.caller()
        tokens = [backend.enrollment() for _ in range(_WARM_CALLERS)]
        frame, *_ = portraits(VGA)

        def post(token: str) -> None:
            caller = backend.another_connection()
            for _ in range(_WARM_FRAMES):
                caller.frame(token, frame)

        with ThreadPoolExecutor(_WARM_CALLERS) as pool:
            list(pool.map(post, tokens))


@contextmanager
def started(name: str, folder: Path) -> Iterator[Target]:
    """Start the target of this name, and end all its processes afterwards."""
    given: dict[str, Any] = dict(UNTHROTTLED)
    server: Server
    if name == "embedded":
        server = Embedded(folder, models=models_folder(), **given)
    else:
        server = Deployment(folder, workers=_WORKERS, **given)
        # Before the start, because web processes look for static files only once.
        server.manage("collectstatic", "--no-input", "--verbosity", "0")
    with server:
        yield Target(name, server)
