"""The time from a clone to the first verification (python -m bench.first_hour).

Clones the commit that is checked out, starts it with `make run` and runs the README's lines in a
second shell, as a reader would paste them. Packages come from pip's cache or index.
"""

import os
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from bench import hardware
from tests.deployment.processes import free_port
from tests.documents import exports, paste

_ROOT = Path(__file__).parents[1]
_READY_SECONDS = 900


def main() -> None:
    print(hardware.describe(), end="\n\n")
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        started = time.perf_counter()
        subprocess.run(["git", "clone", "--quiet", _ROOT, clone], check=True)  # noqa: S607
        with _served(clone) as pasted:
            ready = time.perf_counter()
            _require_verified(paste(clone / "README.md", pasted, cwd=clone))
            verified = time.perf_counter()
        again = time.perf_counter()
        with _served(clone):
            second = time.perf_counter()
    print(f"clone to a server that is ready: {ready - started:.0f} s")
    print(f"README's lines, two users enrolled, verified and identified: {verified - ready:.1f} s")
    print(f"second start until ready: {second - again:.1f} s")


@contextmanager
def _served(clone: Path) -> Iterator[dict[str, str]]:
    """Run `make run` until the end of the block; yield the variables that it prints."""
    port = free_port()
    said = clone.parent / "said"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FACEPLATFORM_")}
    with said.open("w") as output:
        make = subprocess.Popen(
            ["make", "run", f"PORT={port}"],  # noqa: S607
            cwd=clone,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _await_ready(f"http://127.0.0.1:{port}/api/core/ready/", make)
            yield exports(said.read_text())
        finally:
            os.killpg(make.pid, signal.SIGTERM)
            make.wait(timeout=60)


def _await_ready(url: str, make: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and make.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=10):  # noqa: S310  (our own address)
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError(f"`make run` did not serve within {_READY_SECONDS} s")


def _require_verified(done: subprocess.CompletedProcess[str]) -> None:
    if '"result":"success"' not in done.stdout.replace(" ", ""):
        raise RuntimeError(f"nobody was verified: {done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
