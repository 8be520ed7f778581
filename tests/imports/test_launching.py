"""A web process starts its runners and leaves no ended process behind."""

import subprocess
import sys
from pathlib import Path

from faceplatform.leases.lease import Lease
from imports import launching, running
from tests.deployment import wait_until


def test_a_runner_that_ended_is_reaped_without_another_call(monkeypatch, settings):
    settings.FACEPLATFORM_IMPORTS_BY = "process"
    monkeypatch.setattr(running, "has_work", lambda: True)
    monkeypatch.setattr(Lease, "is_free", lambda _: True)
    monkeypatch.setattr(launching, "_started", [])
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen([sys.executable, "-c", ""]))
        return started[-1]

    monkeypatch.setattr(launching, "_start", start)
    launching.ensure_runner()
    (runner,) = started
    wait_until(lambda: not Path(f"/proc/{runner.pid}").exists(), 5, "the reaping")
