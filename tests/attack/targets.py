"""What is attacked: a running server and a client of it."""

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
# An attack on memory or time must not end at a limit on calls, which hides what it would have done.
UNTHROTTLED = {
    "FACEPLATFORM_THROTTLE_CALLER": "1000000/min",
    "FACEPLATFORM_THROTTLE_CREDENTIALS": "1000000/min",
    "FACEPLATFORM_THROTTLE_STRANGERS": "1000000/min",
}
FRAME_LIMIT = 10  # of a session of the target's client
_WORKERS = 2
_WARM_CALLERS = 32  # as many as two web processes have threads
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
        """The client's backend, over a connection of its own."""
        return self.server.caller(self._key)

    def processes(self) -> list[Process]:
        return self.server.parts()

    def strike_down(self) -> None:
        """Kill the product's processes; database and Redis stay."""
        for part in self.processes():
            part.kill()

    def revive(self) -> None:
        """Start again the processes that an attack has ended."""
        ended = [part for part in self.processes() if not part.is_running]
        for part in ended:
            part.start()
        if ended:
            self.warm_up()

    def restart(self, **environment: str) -> None:
        """Replace the web processes by new ones, to which nobody has spoken yet.

        Args:
            environment: changed for them, and for all that come after.
        """
        web, *_ = self.processes()
        web.kill()
        web.environment |= environment
        web.start()

    def warm_up(self) -> None:
        """Post ordinary frames until memory grows no more: what an attack leaves is measured
        against a server at work, not against one that was just started."""
        for _ in range(_WARM_ROUNDS):
            before = memory(self.processes())
            self._post_ordinary_frames()
            after = memory(self.processes())
            if all(mb <= _STEADY * before.get(pid, 0) for pid, mb in after.items()):
                return

    def _post_ordinary_frames(self) -> None:
        """As many at once as there are threads, so that each thread has had some."""
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
    """A target of that name; all its processes are gone in the end."""
    given: dict[str, Any] = dict(UNTHROTTLED)
    server: Server
    if name == "embedded":
        server = Embedded(folder, models=models_folder(), **given)
    else:
        server = Deployment(folder, workers=_WORKERS, **given)
        # Before it starts: web processes look for their static files once.
        server.manage("collectstatic", "--no-input", "--verbosity", "0")
    with server:
        yield Target(name, server)
