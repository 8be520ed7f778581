"""manage.py says in a line what is missing, without a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deployment.processes import free_port

ROOT = Path(__file__).parents[2]


def manage(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py migrate --check` on MySQL's settings."""
    return subprocess.run(
        [sys.executable, "manage.py", "migrate", "--check"],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.system.mysql_settings",
            "FACEPLATFORM_DATA_DIR": str(folder),
            "DATABASE_URL": f"mysql://faces:secret-word@127.0.0.1:{free_port()}/faces",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def require_a_line(done: subprocess.CompletedProcess[str], text: str) -> None:
    assert done.returncode == 1
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret-word" not in done.stderr


def test_without_the_driver_it_is_named(tmp_path):
    """A package of that name that cannot be imported stands for one that is not installed."""
    (tmp_path / "MySQLdb.py").write_text("raise ImportError('not installed')")
    path = os.pathsep.join((str(tmp_path), str(ROOT)))
    require_a_line(manage(tmp_path, PYTHONPATH=path), "install requirements/mysql.txt")


def test_without_the_database_it_says_what_to_check(tmp_path):
    pytest.importorskip("MySQLdb", reason="mysqlclient is not installed: make test-services")
    require_a_line(manage(tmp_path), "The database does not answer")
