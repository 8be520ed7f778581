"""Processes that get ready, and then do their work at the same moment."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any


def at_once(module: str, arguments: Sequence[Sequence[str]], *, seconds: int = 120) -> list[Any]:
    """Run a module in several processes; return what each prints as JSON.

    Each prints ``ready`` and waits for a line. All get it when all are ready.

    Args:
        arguments: of each process.
    """
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", module, *each],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for each in arguments
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", process.communicate()[1]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return [json.loads(process.communicate(timeout=seconds)[0]) for process in processes]
    finally:
        for process in processes:
            process.kill()
