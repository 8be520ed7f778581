"""manage.py init_env: production starts on the file it writes."""

import os
import runpy
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from faceplatform.env import strings
from tests.photographs import ROOT


def write(file, *arguments: str) -> None:
    call_command("init_env", str(file), "--hosts", "faces.example.com,10.0.0.7", *arguments)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "faceplatform.env"


def as_a_shell_reads_it(file) -> dict[str, str]:
    command = ["/bin/sh", "-c", f"set -a; . {file}; env"]
    lines = subprocess.run(command, env={}, capture_output=True, text=True, check=True).stdout
    return dict(line.split("=", 1) for line in lines.splitlines())


def test_production_starts_on_it(file, monkeypatch):
    write(file, "--database", "db.example.com:3307")
    for name, value in as_a_shell_reads_it(file).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "faceplatform.settings.base")
    settings = runpy.run_module("faceplatform.settings.production")
    assert settings["ALLOWED_HOSTS"] == ["faces.example.com", "10.0.0.7"]
    database = settings["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"]) == ("db.example.com", 3307)
    assert database["PASSWORD"] == strings("MYSQL_PASSWORD")[0]


def test_it_is_for_its_owner_alone(file):
    write(file)
    assert file.stat().st_mode & 0o777 == 0o600


def test_secrets_are_new_each_time(file, tmp_path):
    write(file)
    write(tmp_path / "other.env")
    one, other = as_a_shell_reads_it(file), as_a_shell_reads_it(tmp_path / "other.env")
    same = {name for name, value in one.items() if other[name] == value}
    keys = {"SECRET_KEY", "FACEPLATFORM_TEMPLATE_KEYS", "FACEPLATFORM_RESULT_KEYS"}
    assert not same & {*keys, "FACEPLATFORM_METRICS_TOKEN", "MYSQL_PASSWORD", "REDIS_PASSWORD"}


def test_nothing_is_overwritten(file):
    write(file)
    before = file.read_text()
    with pytest.raises(CommandError, match="exists"):
        write(file)
    assert file.read_text() == before


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        write(tmp_path / "none" / "x.env")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--hosts", "https://faces.example.com/"),
        ("--hosts", ","),
        ("--hosts", ""),
        ("--hosts", "a b"),
        ("--redis", "r:abc"),
        ("--database", "db"),
        ("--database", "user@db:3306"),
        ("--data-dir", "var"),
        ("--data-dir", "/srv/$HOME"),
        ("--path-prefix", "faces"),
        ("--path-prefix", "/a b"),
    ],
)
def test_what_no_server_could_use(file, arguments):
    with pytest.raises(CommandError, match="takes"):
        write(file, *arguments)
    assert not file.exists()


def test_folder_and_path_are_written_if_they_are_given(file, tmp_path):
    write(file, "--data-dir", "/var/lib/faceplatform", "--path-prefix", "/faces/")
    variables = as_a_shell_reads_it(file)
    assert variables["FACEPLATFORM_DATA_DIR"] == "/var/lib/faceplatform"
    assert variables["FACEPLATFORM_PATH_PREFIX"] == "/faces"
    write(tmp_path / "other.env")
    other = as_a_shell_reads_it(tmp_path / "other.env")
    assert {name for name in variables if name not in other} == {
        "FACEPLATFORM_DATA_DIR",
        "FACEPLATFORM_PATH_PREFIX",
    }


def from_the_command_line(file, data) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "init_env", str(file), "--hosts", "faces.example.com"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "FACEPLATFORM_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_makes_no_keys_in_the_data_folder(file, tmp_path):
    """Production never uses them, and a backup would keep the wrong ones."""
    run = from_the_command_line(file, tmp_path / "data")
    assert run.returncode == 0, run.stderr
    assert list(tmp_path.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_refusal_at_the_command_line_is_one_line(file, tmp_path):
    file.touch()
    run = from_the_command_line(file, tmp_path / "data")
    assert (run.returncode, run.stderr.count("\n")) == (1, 1)
    assert "exists" in run.stderr
