"""Behaviour that only a real MySQL or MariaDB shows: collations, and the deployment check."""

import os
import subprocess
import sys

import pytest
from django.core.checks import Tags, run_checks
from django.db import connection

from clients.models import Subject
from faceplatform import collation
from faceplatform.errors import ConfigurationError
from tests.deployment import models_folder
from tests.photographs import ROOT
from tests.services.marks import services
from tests.system.test_production import GOOD

pytestmark = services


@pytest.mark.django_db
def test_text_is_compared_byte_by_byte(api):
    names = ["ada", "Ada", "àda", "ada ", "ada\u200b"]
    for name in names:
        Subject.objects.create(client=api.client, user_id=name)
    for name in names:
        assert Subject.objects.get(user_id=name).user_id == name
    assert collation.inexact_text() == []
    assert run_checks(tags=[Tags.database], databases=["default"]) == []


@pytest.mark.django_db
def test_of_the_servers_collations_the_exact_one_is_taken_and_no_other():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT collation_name FROM information_schema.collations "
            "WHERE character_set_name = 'utf8mb4'"
        )
        offered = [name for (name,) in cursor.fetchall()]
        exact = [name for name in offered if tells_apart(cursor, name)]
    assert len(offered) > 20
    assert exact == [name for name in offered if name in collation.EXACT]
    assert exact


def tells_apart(cursor, name: str) -> bool:
    """Return True if that collation tells texts apart that differ in case, accent, trailing spaces,
    an invisible character, or the encoding of an accent."""
    pairs = [("ada", "Ada"), ("ada", "àda"), ("a", "a "), ("a", "a\u200b"), ("é", "e\u0301")]
    for pair in pairs:
        cursor.execute(f"SELECT %s = %s COLLATE {name}", pair)
        if cursor.fetchone()[0]:
            return False
    return True


@pytest.mark.django_db(transaction=True)
def test_a_loose_column_is_found():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE loose (name VARCHAR(9) COLLATE utf8mb4_bin)")
        try:
            assert collation.inexact_text() == ["loose.name"]
            messages = run_checks(tags=[Tags.database], databases=["default"])
            assert [message.id for message in messages] == ["faceplatform.E005"]
            with pytest.raises(ConfigurationError, match=r"loose\.name"):
                collation.require_exact_text()
        finally:
            cursor.execute("DROP TABLE loose")


@pytest.mark.django_db
def test_the_connection_is_strict_and_reads_what_is_committed():
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@sql_mode, @@character_set_connection, @@innodb_lock_wait_timeout")
        mode, charset, wait = cursor.fetchone()
        # MySQL 8 and MariaDB 10 know one of the names each, MariaDB 11 both.
        cursor.execute(
            "SHOW VARIABLES WHERE variable_name IN ('tx_isolation', 'transaction_isolation')"
        )
        isolation = {value for _, value in cursor.fetchall()}
    assert "STRICT_ALL_TABLES" in mode
    assert isolation == {"READ-COMMITTED"}
    assert (charset, wait) == ("utf8mb4", 3)


def test_check_deploy_is_clean(tmp_path):
    own = {
        "DJANGO_SETTINGS_MODULE": "faceplatform.settings.production",
        "FACEPLATFORM_DATA_DIR": str(tmp_path),
        "FACEPLATFORM_MODELS_DIR": str(models_folder()),
    }
    for command in (
        ("collectstatic", "--no-input"),
        ("check", "--deploy", "--fail-level", "WARNING"),
    ):
        run = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=os.environ | GOOD | own,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
    assert not list(tmp_path.glob("keys"))
