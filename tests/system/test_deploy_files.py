"""Dockerfile, compose.yaml, Procfile and the systemd units agree with each other and the docs.

No image is built and nothing is started here; docs/operations.md describes those trials.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.missing import missing
from tests.packages import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = ("web", "worker", "housekeeping", "webhooks", "beat")
ANALYZER = shutil.which("systemd-analyze")
OPERATIONS = (ROOT / "docs/operations.md").read_text()
# Where a container may write is compose.yaml's matter.
_PLACE = " --schedule /tmp/beat-schedule"


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def ours(compose):
    """The services that run our image."""
    return {name: compose["services"][name] for name in ("migrate", *PROCESSES)}


def dockerfile(instruction: str) -> list[str]:
    """Return the arguments of each such instruction, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return re.findall(rf"^{instruction} (.+)$", text, re.MULTILINE)


def unit(process: str) -> str:
    return (ROOT / f"deploy/faceplatform-{process}.service").read_text()


def commands_of_units() -> dict[str, str]:
    start = re.compile(r"^ExecStart=/opt/faceplatform/\.venv/bin/(.+)$", re.MULTILINE)
    return {process: start.findall(unit(process))[0] for process in PROCESSES}


def commands_of_compose(services: dict) -> dict[str, str]:
    (command,) = dockerfile("CMD")
    default = yaml.safe_load(command)
    return {process: " ".join(services[process].get("command", default)) for process in PROCESSES}


def test_every_way_starts_the_same_processes(ours):
    procfile = dict(
        line.replace("${VENV:-.venv}/bin/", "").split(": ", 1)
        for line in (ROOT / "Procfile").read_text().splitlines()
        if line
    )
    ways = [procfile, commands_of_units(), commands_of_compose(ours)]
    alike = [
        {process: command.removesuffix(_PLACE) for process, command in way.items()} for way in ways
    ]
    assert set(procfile) == set(PROCESSES)
    assert alike[0] == alike[1] == alike[2]


def test_the_image_has_all_that_is_imported():
    patterns = (ROOT / ".dockerignore").read_text().splitlines()
    assert patterns[0] == "*"  # anything not named stays out: secrets, data, tests
    let_in = {pattern.removeprefix("!") for pattern in patterns if pattern.startswith("!")}
    assert let_in == {
        *PACKAGES,
        "calibration",
        "requirements",
        "sdk/javascript/src",  # the capture page loads it
        "gunicorn.conf.py",
        "manage.py",
        "LICENSE",
        "THIRD_PARTY_MODELS.md",
    }


def test_the_image_runs_as_nobody_in_particular():
    (user,) = dockerfile("USER")
    assert user == "10001"
    stages = dockerfile("FROM")
    assert len(stages) == 2
    last_stage = (ROOT / "Dockerfile").read_text().split(f"FROM {stages[1]}\n")[1]
    assert "gcc" not in last_stage


def test_containers_write_nowhere_and_may_nothing(ours):
    for service in ours.values():
        assert service["read_only"] is True
        assert service["tmpfs"] == ["/tmp"]  # noqa: S108  (a path in a container)
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_image_is_built_once_and_never_pulled(ours):
    """Otherwise a stranger's image of that name could be run."""
    assert [name for name, service in ours.items() if "build" in service] == ["migrate"]
    assert {service["pull_policy"] for service in ours.values()} == {"never"}
    arguments = set(ours["migrate"]["build"]["args"])
    assert arguments <= {argument.split("=")[0] for argument in dockerfile("ARG")}


def test_frames_in_hand_are_finished_before_a_process_is_killed(ours, settings):
    web = re.findall(r"^graceful_timeout = (\d+)$", (ROOT / "gunicorn.conf.py").read_text(), re.M)
    needed = {"web": int(web[0]), "worker": settings.FACEPLATFORM_FRAME_SECONDS}
    for process, seconds in needed.items():
        assert int(ours[process]["stop_grace_period"].removesuffix("s")) > seconds
        (timeout,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit(process), re.M)
        assert int(timeout) > seconds


def test_what_compose_sets_is_documented(ours):
    documented = set(re.findall(r"`([A-Z][A-Z_]+)[`=]", OPERATIONS))
    assert {*ours["web"]["environment"]} <= documented
    text = (ROOT / "compose.yaml").read_text()
    assert set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text)) <= documented


@pytest.mark.parametrize("process", PROCESSES)
def test_systemd_takes_the_unit(process, tmp_path):
    if ANALYZER is None:
        missing("systemd is not installed")
    path = tmp_path / f"faceplatform-{process}.service"
    here = f"{sys.prefix}/bin"  # the commands that the unit starts
    path.write_text(unit(process).replace("/opt/faceplatform/.venv/bin", here))
    command = [ANALYZER, "verify", str(path)]
    check = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (check.returncode, check.stderr) == (0, "")
