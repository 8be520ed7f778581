"""An export from a real server: a file with its length, in constant memory, that no thread waits
for."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.deployment import ROOT
from tests.web.requests import head
from tests.web.serving import HEALTH, THREADS, Server, answer

ROWS = 30_000
_MB_OF_FILE = 15
# Stores the sessions, with a user of each, and prints a token.
_FILL = f"""
import django
django.setup()
from datetime import timedelta
from django.core.management import call_command
call_command("migrate", verbosity=0)
from analytics.models import SessionFact
from clients import credentials, tokens
from tests.analytics.histories import START, fact
issued = credentials.create_client("acme")
for first in range(0, {ROWS}, 5000):
    SessionFact.objects.bulk_create(
        fact(issued.credential.client, ended_at=START + timedelta(seconds=first + place))
        for place in range(5000)
    )
print(tokens.issue_tokens(issued.credential)["access"])
"""


class Filled(Server):
    """A server with one client and its sessions."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        filled = subprocess.run(
            [sys.executable, "-c", _FILL],
            cwd=ROOT,
            env=self.process.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        self.token = filled.stdout.strip()

    def asks(self, query: str) -> bytes:
        """Return the request for an export."""
        line = f"GET /api/analytics/auth-logs/export/?{query} HTTP/1.1"
        return head(f"Authorization: Bearer {self.token}", line=line)

    def peak(self) -> float:
        """Return the most memory that the serving process has had, in MB."""
        (worker,) = self.process.children()
        status = Path(f"/proc/{worker}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    with Filled(tmp_path_factory.mktemp("filled")) as server:
        yield server


def test_a_file_with_its_length(server):
    few = server.asks("file_type=jsonl&ended_after=2026-03-28T03:40:00Z")
    with server.sent(few) as caller:
        assert answer(caller).status == 200
        before = server.peak()
        caller.sendall(server.asks("file_type=jsonl"))
        found = answer(caller)
        assert found.headers["Content-Type"] == "application/jsonl; charset=utf-8"
        assert found.headers["Content-Disposition"] == 'attachment; filename="auth-logs.jsonl"'
        assert found.headers["Transfer-Encoding"] is None
        assert found.headers["Cache-Control"] == "no-store"
        assert len(found.content) == int(found.headers["Content-Length"])
        assert len(found.content) > _MB_OF_FILE * 1e6
        assert server.peak() - before < _MB_OF_FILE / 3
        rows = found.content.decode().splitlines()
        assert len({json.loads(row)["id"] for row in rows}) == ROWS
        caller.sendall(HEALTH)  # the connection serves on
        assert answer(caller).status == 200


def test_who_does_not_read_a_file_holds_neither_thread_nor_turn(server):
    with ExitStack() as stack:
        for _ in range(THREADS + 1):
            caller = stack.enter_context(server.sent(server.asks("file_type=csv")))
            assert caller.recv(17) == b"HTTP/1.1 200 OK\r\n"
        assert server.health() == 200
