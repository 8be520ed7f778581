"""The base of the tests' servers: a folder, a port, `manage.py` and web processes."""

import json
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.deployment.caller import Caller, Key
from tests.deployment.processes import ROOT, Process, free_port

_BIN = Path(sys.executable).parent


class Server(ABC):
    """The product under gunicorn on a free port of 127.0.0.1. Subclasses start it.

    Args:
        folder: takes everything it writes; created if absent.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.port = free_port()
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        try:
            self.begin()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()

    @abstractmethod
    def begin(self) -> None:
        """Start everything and wait until it serves."""

    def end(self) -> None:
        """Kill everything. Safe to repeat; all files stay, logs included."""
        for part in self.parts():
            part.kill()

    @abstractmethod
    def parts(self) -> list[Process]:
        """Return the product's own processes, the web server first."""

    def caller(self, key: Key) -> Caller:
        """Return a client's backend with a token."""
        return Caller(self.port, key)

    def create_client(self, name: str, **policy: object) -> Key:
        """Create a client with these overrides of the default policy."""
        said = self.manage("create_client", name, "--json", "--policy", json.dumps(policy))
        key: Key = json.loads(said)
        return key

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run ``manage.py`` with these arguments. Return its output.

        Raises:
            RuntimeError: it failed; with its output.
        """
        return self.run([sys.executable, "manage.py", *arguments], self.environment | environment)

    def run(self, command: list[str], environment: Mapping[str, str]) -> str:
        """Run a command in the repository's folder, like `manage`."""
        run = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if run.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} failed: {run.stdout}{run.stderr}")
        return run.stdout

    def web_server(self) -> Process:
        """Return the web server, not started."""
        return Process(
            "web",
            [installed("gunicorn"), "--config", "gunicorn.conf.py", "faceplatform.wsgi"],
            environment=self.environment,
            folder=self.folder,
            is_ready=lambda _: _is_healthy(self.port),
        )


def installed(command: str) -> str:
    """Return the path of a command of this environment."""
    return str(_BIN / command)


def _is_healthy(port: int) -> bool:
    http = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        http.request("GET", "/api/core/health/")
        return http.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        http.close()
