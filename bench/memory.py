"""Resident memory of processes, each measured in a separate one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench import pictures
from bench.table import Row, Table

_COMMON = """
import json, sys
from pathlib import Path
def held_memory():
    lines = Path("/proc/self/status").read_text().splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if "kB" in line}
    return {"rss": found["VmRSS"], "peak": found["VmHWM"]}
def print_memory():
    heavy = {"tensorflow", "torch", "keras"} & set(sys.modules)
    print(json.dumps({**held_memory(), "heavy": sorted(heavy)}))
"""
_ENGINE = (
    _COMMON
    + """
import django
django.setup()
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.types import Wants
engine = LocalEngine()
engine.warm_up()
for path in sys.argv[1:]:
    for _ in range(15):
        data = Path(path).read_bytes()
        engine.analyze(decode(data), wants=Wants(embedding=True, liveness=engine.has_liveness))
print_memory()
"""
)
_WEB = (
    _COMMON
    + """
from faceplatform.wsgi import application
from django.test import Client
client = Client(SERVER_NAME="localhost")
for path in ("/api/core/health/", "/api/auth/enrollment/", "/admin/login/"):
    client.get(path)
print_memory()
"""
)


def memory(folder: Path) -> Table:
    """Measure resident memory in MB (MiB). Linux only."""
    if not Path("/proc/self/status").exists():
        return Table("Memory of a process", [], "there is no /proc: Linux only")
    vga, large = folder / "frame-640x480.jpg", folder / "frame-12mp.jpg"
    vga.write_bytes(pictures.portraits(pictures.VGA)[0])
    large.write_bytes(pictures.portraits(pictures.TWELVE_MEGAPIXELS)[0])
    small = _measure(_ENGINE, str(vga))
    both = _measure(_ENGINE, str(vga), str(large))
    web = _measure(_WEB)
    heavy = sorted({*both["heavy"], *web["heavy"]})
    return Table(
        "Resident memory of a process",
        [
            Row("engine, all nets, after frames of 640 x 480", small["rss"], "MB", "<= 300"),
            Row("engine, after frames of 12 MP too", both["rss"], "MB", "<= 300"),
            Row("engine, its peak with a frame of 12 MP", both["peak"], "MB"),
            Row("web process without the engine", web["rss"], "MB", "<= 120"),
            Row("frameworks imported", len(heavy), "", "<= 0", ", ".join(heavy)),
        ],
    )


def _measure(code: str, *arguments: str) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True
    )
    answer: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return answer
