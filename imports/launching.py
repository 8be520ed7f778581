"""The runner of the embedded default: a process of its own, started when there is work.

A web process starts it when a file has been received, when an import is asked about, and at its own
start. The lease decides which one works, so that starting one too many does no harm, and a runner
that was killed is replaced as soon as its lease ends. It ends with its work, and with the process
that started it.
"""

import os
import subprocess
import sys
from threading import Thread

from django.conf import settings

from imports import running
from imports.lease import LEASE

_started: list["subprocess.Popen[bytes]"] = []


def ensure_runner() -> None:
    """Start a runner if there is work and nobody works; in production, Celery beat does."""
    if settings.FACEPLATFORM_IMPORTS_BY != "process":
        return
    _started[:] = [runner for runner in _started if runner.poll() is None]
    if not _started and running.has_work() and LEASE.is_free():
        runner = _start()
        _started.append(runner)
        # Reaps it at its end: the next call may be long in coming.
        Thread(target=runner.wait, name="import-runner", daemon=True).start()


def _start() -> "subprocess.Popen[bytes]":
    """Start a runner that measures one image at a time, on one core."""
    return subprocess.Popen(  # noqa: S603  (no argument is anybody's input)
        [
            sys.executable,
            str(settings.BASE_DIR / "manage.py"),
            "run_imports",
            "--until-done",
            f"--parent={os.getpid()}",
        ],
        env=os.environ | {"FACEPLATFORM_ENGINE_LANES": "1"},
        stdin=subprocess.DEVNULL,
    )
