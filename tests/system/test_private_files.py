"""No other system user can read the data folder, whatever the umask, whoever created it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.db import connection

from clients.models import Client
from faceplatform import private_files
from faceplatform.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture(autouse=True)
def same_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def data(tmp_path):
    """Create a data folder as an earlier release left it: readable by everybody."""
    folder = tmp_path / "data"
    for name in ("db.sqlite3-journal", "beat-schedule", "models/a/b.onnx", "static/admin/base.css"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        path.chmod(0o644)
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    return folder


def run(data: Path, *command: str) -> str:
    """Run a command on this folder under the usual umask; return its output."""
    own = {
        "FACEPLATFORM_DATA_DIR": str(data),
        "DJANGO_SETTINGS_MODULE": "faceplatform.settings.base",
    }
    inherited = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    return subprocess.run(
        command,
        cwd=ROOT,
        env=inherited | own,
        umask=0o022,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout


def manage(data: Path, *arguments: str) -> str:
    return run(data, sys.executable, "manage.py", *arguments)


def modes(folder: Path) -> set[tuple[bool, int]]:
    """Return, for the folder and every path in it, its mode and if it is a folder."""
    paths = (folder, *folder.rglob("*"))
    return {(path.is_dir(), path.stat().st_mode & 0o777) for path in paths}


PRIVATE = {(True, 0o700), (False, 0o600)}


def test_what_the_first_start_writes_is_private(tmp_path):
    data = tmp_path / "data"
    manage(data, "migrate", "--no-input", "--verbosity", "0")
    manage(data, "collectstatic", "--no-input", "--verbosity", "0")
    manage(data, "shell", "-v", "0", "-c", "from django.core.cache import cache; cache.set('a', 1)")
    for name in ("db.sqlite3", "cache.sqlite3", "keys/secret_key", "static/admin"):
        assert (data / name).exists()
    assert modes(data) == PRIVATE


@pytest.mark.parametrize(
    "command",
    [
        (sys.executable, "manage.py", "check"),
        (f"{BIN}/gunicorn", "--config", "gunicorn.conf.py", "--check-config", "faceplatform.wsgi"),
        (f"{BIN}/celery", "--app", "faceplatform", "report"),
    ],
    ids=["manage.py", "gunicorn", "celery"],
)
def test_every_process_closes_an_open_folder(data, command):
    assert modes(data) == {(True, 0o755), (False, 0o644)}
    run(data, *command)
    assert modes(data) == PRIVATE


def test_the_files_beside_an_open_database_are_private(data):
    code = (
        "from django.db import connection; connection.ensure_connection();"
        "from django.conf import settings; from clients.models import Client;"
        "from django.core.management import call_command; call_command('migrate', verbosity=0);"
        "print(sorted((p.name, oct(p.stat().st_mode)) for p in settings.DATA_DIR.glob('db.*')))"
    )
    said = manage(data, "shell", "-v", "0", "-c", code)
    for name in ("db.sqlite3", "db.sqlite3-shm", "db.sqlite3-wal"):
        assert f"('{name}', '0o100600')" in said


def test_links_are_not_followed(data, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("")
    (data / "folder").symlink_to(elsewhere)
    (data / "file").symlink_to(elsewhere / "file")
    private_files.claim(data, program=ROOT)
    assert modes(elsewhere) == {(True, 0o755), (False, 0o644)}
    assert not list(private_files.open_to_others(data))


def test_the_owners_rights_stay(data):
    program = data / "program"
    program.write_text("")
    program.chmod(0o755)
    private_files.claim(data, program=ROOT)
    assert program.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("program", ["data", "data/opt/faceplatform"])
def test_a_folder_that_holds_the_program_is_refused(data, tmp_path, program):
    with pytest.raises(ConfigurationError, match="FACEPLATFORM_DATA_DIR"):
        private_files.claim(data, program=tmp_path / program)
    assert modes(data) == {(True, 0o755), (False, 0o644)}


def test_a_folder_that_all_share_is_refused(data):
    data.chmod(0o1777)
    with pytest.raises(ConfigurationError, match="FACEPLATFORM_DATA_DIR"):
        private_files.claim(data, program=ROOT)
    assert data.stat().st_mode & 0o7777 == 0o1777


def folder_of_others(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir(mode=0o755)
    (folder / "passwd").write_text("")
    return folder


def test_a_folder_that_holds_files_of_others_is_refused(tmp_path):
    folder = folder_of_others(tmp_path)
    with pytest.raises(ConfigurationError, match=f"FACEPLATFORM_DATA_DIR is {folder}"):
        private_files.claim(folder, program=ROOT)
    assert modes(folder) == {(True, 0o755), (False, 0o644)}


def test_a_folder_that_cannot_be_read_is_refused(tmp_path, monkeypatch):
    folder = folder_of_others(tmp_path)
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may run as root
    with pytest.raises(ConfigurationError, match="FACEPLATFORM_DATA_DIR"):
        private_files.claim(folder, program=ROOT)


def test_folders_that_are_taken(tmp_path):
    """A new one, an empty volume, one that is closed to others, and one within the program."""
    volume, closed = tmp_path / "volume", folder_of_others(tmp_path)
    (volume / "lost+found").mkdir(parents=True)
    closed.chmod(0o700)
    for folder in (tmp_path / "new", volume, closed):
        private_files.claim(folder, program=ROOT)
    private_files.claim(folder_of_others(volume), program=tmp_path)
    assert modes(volume / "etc") == PRIVATE


@pytest.mark.parametrize(("mode", "found"), [(0o600, False), (0o640, True), (0o602, True)])
def test_the_check_names_what_others_can_use(stage, settings, tmp_path, mode, found):
    tmp_path.chmod(0o700)
    path = tmp_path / "db.sqlite3"
    path.touch()
    path.chmod(mode)
    settings.DATA_DIR = tmp_path
    messages = [message for message in run_checks() if message.id == "faceplatform.W001"]
    assert [str(path) in message.msg for message in messages] == [True] * found


@pytest.mark.django_db(transaction=True)
def test_what_is_deleted_leaves_no_bytes_in_the_database():
    if connection.vendor != "sqlite":
        pytest.skip("MySQL's files are its own: see docs/security.md")

    def content() -> bytes:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Path(connection.settings_dict["NAME"]).read_bytes()

    client = Client.objects.create(name="a name that is to be forgotten")
    assert client.name.encode() in content()
    client.delete()
    assert b"a name that is to be forgotten" not in content()


def test_the_default_settings_overwrite_what_is_deleted(tmp_path):
    code = (
        "from django.db import connection; cursor = connection.cursor();"
        "print(cursor.execute('PRAGMA secure_delete').fetchone())"
    )
    assert manage(tmp_path / "data", "shell", "-v", "0", "-c", code).strip() == "(1,)"
