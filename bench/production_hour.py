"""The time of a production deployment by its documentation (python -m bench.production_hour).

Pastes the shell blocks of docs/installation.md as they stand, as root, on a machine with the
programs that the chapter asks for, MariaDB and Redis. What they write (/etc, /opt, /var/lib) goes
into overlays that are gone in the end. Four things differ from a reader's machine: the addresses of
the database and of Redis, an account's password instead of a prompt, this process in place of
systemd, and plain http, which the chapter offers for a trial.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import hardware
from tests.deployment.database import Database
from tests.deployment.processes import Process, free_port
from tests.documents import blocks_of, paste

_ROOT = Path(__file__).parents[1]
_RELEASE = Path("/opt/faceplatform")
_CHAPTER = _RELEASE / "docs/installation.md"
_ENVIRONMENT = Path("/etc/faceplatform.env")
_UNITS = Path("/etc/systemd/system")
_OVERLAID = ("/etc", "/opt", "/var/lib")
_HOST = "faces.example.com"
_USER = "faceplatform"
_ACCOUNT = {
    "DJANGO_SUPERUSER_USERNAME": "operator",
    "DJANGO_SUPERUSER_EMAIL": "operator@example.com",
    "DJANGO_SUPERUSER_PASSWORD": "a-password-of-the-trial",
}
# The places of packages, which a machine may have set.
_OF_PIP = {k: v for k, v in os.environ.items() if k == "HOME" or k.startswith("PIP_")}
# The system's own Python, which the service's user can run.
_PATH = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"


def main() -> None:
    if sys.argv[1:] == ["--inside"]:
        _deploy()
        return
    if os.geteuid() != 0:
        sys.exit("The chapter is for root")
    print(hardware.describe(), end="\n\n", flush=True)
    command = [sys.executable, "-m", "bench.production_hour", "--inside"]
    subprocess.run(["unshare", "--mount", *command], check=True)  # noqa: S607


def _deploy() -> None:
    with tempfile.TemporaryDirectory() as made, ExitStack() as running:
        folder = Path(made)
        folder.chmod(0o755)
        for place in _OVERLAID:
            _overlay(place, folder / place.strip("/").replace("/", "-"))
        with Path("/etc/hosts").open("a") as hosts:
            hosts.write(f"127.0.0.1 {_HOST}\n")
        database, redis_port = Database(folder), free_port()
        running.callback(database.kill)
        database.start()
        started = time.perf_counter()
        subprocess.run(["git", "clone", "--quiet", _ROOT, _RELEASE], check=True)  # noqa: S607
        packages, _, _, as_root, as_user, units, trial = blocks_of(_CHAPTER)
        _paste(packages)
        installed = time.perf_counter()
        _paste(_elsewhere(as_root, database.port, redis_port))
        environment = _environment()
        _grant(database, environment["MYSQL_PASSWORD"])
        running.enter_context(_redis(redis_port, environment["REDIS_PASSWORD"], folder))
        key = _created(_paste(_answered(as_user), user=_USER, environment=_ACCOUNT))
        _paste("systemctl() { :; }\n" + units)
        port = _without_proxy()
        for unit in sorted(_UNITS.glob("faceplatform-*.service")):
            running.enter_context(_unit(unit, port, folder))
        ready = time.perf_counter()
        _paste(trial.replace(":8000", f":{port}"))
        verified = _verify(key, port)
    print(f"packages: {installed - started:.0f} s")
    print(f"clone to four processes that are ready: {ready - started:.0f} s")
    print(f"README's lines, two users enrolled, verified and identified: {verified:.1f} s")


def _overlay(place: str, folder: Path) -> None:
    """Mount a writable copy of a folder over it, for this process and its children."""
    upper, work = folder / "upper", folder / "work"
    for made in (upper, work):
        made.mkdir(parents=True)
    options = f"lowerdir={place},upperdir={upper},workdir={work}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, place], check=True)  # noqa: S607


def _paste(
    block: str, *, user: str | None = None, environment: dict[str, str] | None = None
) -> str:
    """Run a block in the release's folder; return its output."""
    done = subprocess.run(
        ["bash", "-euc", block],  # noqa: S607
        cwd=_RELEASE,
        env={"PATH": _PATH, **_OF_PIP, **(environment or {})},
        user=user,
        group=user,
        extra_groups=[] if user else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{block}\n{done.stdout}{done.stderr}")
    return done.stdout


def _elsewhere(block: str, database_port: int, redis_port: int) -> str:
    """Return the block with the addresses of this trial's database and Redis."""
    return block.replace(
        f"--hosts {_HOST}",
        f"--hosts {_HOST} --database 127.0.0.1:{database_port} --redis 127.0.0.1:{redis_port}",
    )


def _answered(block: str) -> str:
    """Return the block without its prompt, and with a client's key that can be read."""
    return block.replace("createsuperuser", "createsuperuser --no-input").replace(
        "create_client NAME", "create_client acme --json"
    )


def _environment() -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", _ENVIRONMENT.read_text(), re.MULTILINE))


def _grant(database: Database, password: str) -> None:
    """Create the account as docs/operations.md has it."""
    # Debian's server has no anonymous accounts, which a server of this trial begins with.
    database.run("DELETE FROM mysql.global_priv WHERE User = ''")
    database.run("FLUSH PRIVILEGES")
    database.run(f"CREATE USER 'faceplatform'@'%' IDENTIFIED BY '{password}'")
    database.run("GRANT ALL ON faceplatform.* TO 'faceplatform'@'%'")


@contextmanager
def _redis(port: int, password: str, folder: Path) -> Iterator[None]:
    command = ["redis-server", f"--port {port}", "--save ''", "--appendonly no"]
    command += ["--maxmemory-policy noeviction", f"--requirepass {password}"]
    words = [word for part in command for word in part.split(" ")]
    with _running("redis", words, folder, says="Ready to accept connections"):
        yield


def _created(said: str) -> dict[str, str]:
    """Return the key that `create_client` printed."""
    (line,) = [line for line in said.splitlines() if line.startswith("{")]
    key: dict[str, str] = json.loads(line)
    return key


def _without_proxy() -> int:
    """Let the service be tried without a proxy, as the chapter says; return its port."""
    port = free_port()
    with _ENVIRONMENT.open("a") as file:
        file.write(f"FACEPLATFORM_HTTPS_REDIRECT=false\nPORT={port}\n")
    return port


@contextmanager
def _unit(unit: Path, port: int, folder: Path) -> Iterator[None]:
    """Run a unit's program as its user, with its environment."""
    text = unit.read_text()
    (program,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    exported = " ".join(re.findall(r"^Environment=(.*)$", text, re.MULTILINE))
    line = f"set -a; . {_ENVIRONMENT}; {exported}; set +a; cd {_RELEASE}; exec {program}"
    command = ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups", "bash", "-c"]
    serves = {
        "faceplatform-web": f"http://127.0.0.1:{port}",
        "faceplatform-worker": "This process measures frames",
        "faceplatform-housekeeping": "ready",
        "faceplatform-beat": "beat: Starting",
    }
    with _running(unit.stem, [*command, line], folder, says=serves[unit.stem]):
        yield


@contextmanager
def _running(name: str, command: list[str], folder: Path, *, says: str) -> Iterator[None]:
    """Run a program until the end of the block; begin when its log says so."""
    process = Process(
        name,
        command,
        environment={"PATH": _PATH},
        folder=folder,
        is_ready=lambda running: says in running.said(),
    )
    try:
        process.start()
        yield
    finally:
        process.stop()


def _verify(key: dict[str, str], port: int) -> float:
    """Run README's lines against the deployment; return the seconds they took."""
    _paste(".venv/bin/python manage.py example_photos --to /opt/photos")
    pasted = {
        "API_KEY": key["api_key"],
        "API_SECRET": key["api_secret"],
        "PHOTOS": "/opt/photos",
        "BASE": f"http://{_HOST}:{port}/faces",
    }
    started = time.perf_counter()
    done = paste(_RELEASE / "README.md", pasted, cwd=_RELEASE)
    if '"result":"success"' not in done.stdout.replace(" ", ""):
        raise RuntimeError(f"nobody was verified: {done.stdout}{done.stderr}")
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
