"""The embedded default starts a runner by itself, replaces one that was killed, and ends it."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.deployment import Caller, as_form, wait_until
from tests.deployment.scripted import ScriptedServer
from tests.imports import people
from tests.imports.importing import JOBS, PATH, archive
from tests.imports.server_engine import HOLD

USERS = 3
# The lease of a dead process, as if its time were over.
_FORGET = (
    "from faceplatform.leases.models import *; Lease.objects.update(expires_at='2020-01-01T00:00Z')"
)


@pytest.fixture
def server(tmp_path):
    server = ScriptedServer(tmp_path, DJANGO_SETTINGS_MODULE="tests.imports.server_settings")
    server.migrate()
    server.start()
    yield server
    server.kill()


@pytest.fixture
def caller(server) -> Caller:
    return Caller(server.port, json.loads(server.manage("create_client", "acme", "--json")))


def start(caller: Caller) -> str:
    files = {f"user-{person}.png": people.image(person, 1) for person in range(USERS)}
    body, kind = as_form(archive(files), name="file")
    return str(caller.send("POST", PATH, body, {"Content-Type": kind}).json()["id"])


def read(caller: Caller, job: str):
    return caller.send("GET", f"{JOBS}{job}/").json()


def runners(server: ScriptedServer) -> list[int]:
    """Return the ids of the server's runners."""
    parents = {f"--parent={pid}".encode() for pid in server.children()}
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = file.read_bytes().split(b"\0")
        except OSError:  # it has just ended
            continue
        if not parents.isdisjoint(arguments):
            found.append(int(file.parent.name))
    return found


def await_end(caller: Caller, job: str) -> None:
    wait_until(lambda: read(caller, job)["status"] == "completed", 60, "the import's end")
    assert read(caller, job)["results"]["enrolled"] == USERS


def test_an_import_runs_by_itself(server, caller):
    job = start(caller)
    await_end(caller, job)
    wait_until(lambda: not runners(server), 30, "the runner's end")


def test_a_killed_runner_is_replaced(server, caller):
    hold = server.folder / "data" / HOLD
    hold.touch()
    job = start(caller)
    wait_until(lambda: read(caller, job)["status"] == "running", 60, "the import's start")
    (first,) = runners(server)
    os.kill(first, signal.SIGKILL)
    hold.unlink()
    server.manage("shell", "-c", _FORGET)
    await_end(caller, job)


def test_a_runner_ends_with_the_server_and_the_next_server_goes_on(server, caller):
    hold = server.folder / "data" / HOLD
    hold.touch()
    job = start(caller)
    wait_until(lambda: read(caller, job)["status"] == "running", 60, "the import's start")
    (first,) = runners(server)
    server.stop()
    hold.unlink()
    wait_until(lambda: not Path(f"/proc/{first}").exists(), 30, "the runner's end")
    server.start()
    await_end(caller, job)
