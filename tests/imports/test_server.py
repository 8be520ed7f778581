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

USERS = 3


@pytest.fixture
def server(tmp_path):
    server = ScriptedServer(tmp_path, DJANGO_SETTINGS_MODULE="tests.imports.server_settings")
    server.manage("migrate", "--verbosity=0")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def caller(server) -> Caller:
    key = json.loads(server.manage("create_client", "acme", "--json"))
    return Caller(server.port, key)


def start(caller: Caller, users: range) -> str:
    files = {f"user-{person}.png": people.image(person, 1) for person in users}
    body, kind = as_form(archive(files), name="file")
    answer = caller.send("POST", PATH, body, {"Content-Type": kind})
    assert answer.status == 202, answer.body
    return str(answer.json()["id"])


def ended(caller: Caller, job: str) -> bool:
    return bool(caller.send("GET", f"{JOBS}{job}/").json()["status"] == "completed")


def runners() -> list[int]:
    """Return the ids of the runners that are children of this process's servers."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"run_imports" in arguments:
            found.append(int(entry.parent.name))
    return found


def test_an_import_is_run_to_its_end(caller):
    job = start(caller, range(USERS))
    wait_until(lambda: ended(caller, job), seconds=60)
    done = caller.send("GET", f"{JOBS}{job}/").json()
    assert done["results"]["enrolled"] == USERS
