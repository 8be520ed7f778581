"""The embedded default delivers by itself, without a broker, and ends cleanly."""

import json

import pytest

from tests.deployment import Caller, wait_until
from tests.deployment.scripted import ScriptedServer
from tests.webhooks.backend import Backend
from tests.webhooks.subscribing import VARIABLES, subscribe

_SECONDS = 60
# The lease of a killed process, as if its time were over.
_FORGET = (
    "from faceplatform.leases.models import *; Lease.objects.update(expires_at='2020-01-01T00:00Z')"
)


@pytest.fixture
def server(tmp_path):
    server = ScriptedServer(tmp_path, **VARIABLES)
    server.migrate()
    server.start()
    yield server
    server.kill()


@pytest.fixture
def backend():
    with Backend().listening() as backend:
        yield backend


def create(caller: Caller, user_id: str) -> None:
    caller.post("/api/clients/users/", {"user_id": user_id}).json()


def require(backend: Backend, *users: str) -> None:
    def told() -> list[str]:
        bodies = list(backend.accepted.values())
        return sorted(body["data"]["user_id"] for each in bodies for body in each)

    wait_until(lambda: len(backend.accepted) == len(users), _SECONDS, "all events have arrived")
    assert told() == sorted(users)
    assert backend.refused == []


def test_it_delivers_and_another_process_goes_on_after_a_kill(server, backend):
    caller = Caller(server.port, json.loads(server.manage("create_client", "acme", "--json")))
    subscribe(server, "acme", backend, "subject.*")
    create(caller, "alice")
    require(backend, "alice")
    with backend.silence():
        create(caller, "bob")
        server.kill()
    server.manage("shell", "-c", _FORGET)
    server.start()
    create(caller, "carol")
    require(backend, "alice", "bob", "carol")
    assert server.stop() == 0
    assert "Traceback" not in server.said()
