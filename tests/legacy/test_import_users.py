"""manage.py import_legacy_users: from SQLite and from MySQL or MariaDB, with and without faces."""

import csv
import os
import sqlite3
import sys
import uuid
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pymysql
import pytest
from django.core.management import CommandError, call_command

from clients.models import Subject
from legacy.models import ImportedUser
from tests.legacy.caller import Caller, told
from tests.stage import Stage
from tests.strange_files import STRANGE

pytestmark = pytest.mark.django_db

ROWS = [("ada", "2023-07-23 12:34:56"), ("bob", "2023-07-24 01:02:03"), ("élise", None)]


def run(database, **options) -> str:
    out = StringIO()
    call_command("import_legacy_users", str(database), stdout=out, **options)
    return out.getvalue()


def make(path, rows=ROWS, table="users"):
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE {table} (id VARCHAR(255) PRIMARY KEY, timestamp TEXT)")
        connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)  # noqa: S608
    connection.close()
    return path


@pytest.fixture
def database(tmp_path):
    return make(tmp_path / "old.sqlite3")


@pytest.fixture
def folder(tmp_path, stage: Stage):
    """A folder with images of Ada (one) and of Bob (two, the first without a face)."""
    folder = tmp_path / "images"
    (folder / "bob").mkdir(parents=True)
    (folder / "ada.png").write_bytes(stage.frame("ada"))
    (folder / "bob" / "1.png").write_bytes(stage.frame(faces=0))
    (folder / "bob" / "2.png").write_bytes(stage.frame("bob"))
    (folder / "bob" / "notes.txt").write_text("not an image")
    return folder


def test_they_are_listed_with_their_old_times(database, old: Caller):
    assert "imported                3" in run(database)
    data = told(old.call("GET /register/"))["data"]
    assert [user["id"] for user in data] == ["ada", "bob", "élise"]
    assert data[0]["timestamp"] == "2023-07-23T12:34:56"
    kept = ImportedUser.objects.get(subject__user_id="bob").registered_at
    assert kept == datetime(2023, 7, 24, 1, 2, 3, tzinfo=UTC)


def test_an_address_a_table_and_a_client(tmp_path, other, old):
    database = make(tmp_path / "old.db", table="members")
    run(f"sqlite:///{database}", table="members", client="globex")
    assert set(Subject.objects.values_list("client__name", flat=True)) == {"globex"}
    assert told(old.call("GET /register/"))["data"] == []


def test_with_images_they_are_enrolled_and_failures_reported(
    database, folder, tmp_path, old, stage
):
    report = tmp_path / "failed.csv"
    with pytest.raises(CommandError, match="1 of 3 users were not imported"):
        run(database, images=folder, report=report)
    assert list(csv.reader(report.open())) == [["user_id", "reason"], ["élise", "no_picture"]]
    verified = old.call("POST /verify/", form={"id": "bob"}, files={"image": stage.frame("bob")})
    assert told(verified)["recognition"] == "bob"


def test_it_takes_up_where_it_broke_off(database, folder, old, stage):
    run(database)
    (folder / "élise.png").write_bytes(stage.frame("élise"))
    assert "imported and enrolled   3" in run(database, images=folder)
    again = run(database, images=folder)
    assert "already there           3" in again
    assert "imported and enrolled   0" in again


def test_another_users_face_is_listed_and_no_further_image_tried(
    database, folder, tmp_path, old, stage
):
    (folder / "bob" / "1.png").write_bytes(stage.frame("ada"))
    (folder / "élise.png").write_bytes(stage.frame("élise"))
    report = tmp_path / "failed.csv"
    with pytest.raises(CommandError, match="1 of 3 users were not imported"):
        run(database, images=folder, report=report)
    assert list(csv.reader(report.open()))[1:] == [["bob", "duplicate_face"]]


def test_who_was_imported_without_a_face_may_still_register(database, old, stage):
    run(database)
    answer = old.call("POST /register/", form={"id": "ada"}, files={"image": stage.frame("ada")})
    assert answer.status_code == 201
    data = told(old.call("GET /register/"))["data"]
    assert data[0] == {"id": "ada", "timestamp": "2023-07-23T12:34:56"}


@pytest.mark.parametrize(
    ("identifier", "reason"),
    [("", "empty_id"), ("x" * 151, "invalid_id"), ("a\x01b", "invalid_id")],
)
def test_ids_that_cannot_be_are_reported(tmp_path, old, identifier, reason):
    database = make(tmp_path / "odd.db", [(identifier, "2023-07-23 12:34:56"), ("ok", "nonsense")])
    report = tmp_path / "failed.csv"
    with pytest.raises(CommandError):
        run(database, report=report)
    assert list(csv.reader(report.open()))[1][1] == reason
    assert Subject.objects.get().user_id == "ok"


def test_an_id_that_climbs_out_of_the_folder_finds_no_image(tmp_path, folder, old, stage):
    (tmp_path / "secret.png").write_bytes(stage.frame("mallory"))
    database = make(tmp_path / "odd.db", [("../secret", "2023-07-23 12:34:56")])
    report = tmp_path / "failed.csv"
    with pytest.raises(CommandError):
        run(database, images=folder, report=report)
    assert list(csv.reader(report.open()))[1] == ["../secret", "no_picture"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"database": "/nowhere/old.db"}, "is no file"),
        ({"database": "postgres://somewhere/db"}, "no address of a database"),
        ({"table": "users; DROP TABLE users"}, "no name of a table"),
        ({"table": "members"}, "no such table"),
        ({"client": "initech"}, "no active client 'initech'"),
        ({"images": "/nowhere"}, "is no folder"),
    ],
)
def test_mistakes_are_told(database, old, options, message):
    options = {"database": database, **options}
    if "images" in options:
        options["images"] = Path(options["images"])
    with pytest.raises(CommandError, match=message):
        run(options.pop("database"), **options)


@pytest.mark.parametrize("make_strange", STRANGE)
def test_links_pipes_and_devices_are_refused(database, old, folder, make_strange):
    make_strange(folder / "bob" / "strange.jpg")
    with pytest.raises(CommandError, match=r"bob/strange\.jpg is neither a file nor a folder"):
        run(database, images=folder)
    assert not Subject.objects.exists()


def test_without_a_bound_client_there_must_be_one_named(database, settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {}
    with pytest.raises(CommandError, match="There is no such address"):
        run(database)


def test_without_a_driver_it_says_what_to_install(old, monkeypatch):
    monkeypatch.setitem(sys.modules, "MySQLdb", None)
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with pytest.raises(CommandError, match=r"requirements/mysql\.txt"):
        run("mysql://root@127.0.0.1/test")


MYSQL = os.environ.get("FACEPLATFORM_TEST_MYSQL", "mysql://root@127.0.0.1:3306/test")


@pytest.fixture
def mariadb():
    """A table with a unique name in a running MySQL or MariaDB."""
    parts = urlsplit(MYSQL)
    try:
        connection = pymysql.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=parts.username,
            password=parts.password or "",
            database=parts.path.lstrip("/"),
            connect_timeout=2,
        )
    except pymysql.err.OperationalError as e:
        pytest.skip(f"no MySQL or MariaDB at {parts.hostname}:{parts.port} ({e.args[0]})")
    table = f"users_{uuid.uuid4().hex[:12]}"
    with connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        cursor.execute(
            f"CREATE TABLE {table} (id VARCHAR(255) PRIMARY KEY, "
            "timestamp TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP) CHARACTER SET utf8mb4"
        )
        cursor.executemany(f"INSERT INTO {table} VALUES (%s, %s)", ROWS)  # noqa: S608
    connection.commit()
    yield table
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {table}")
    connection.close()


@pytest.mark.mariadb
def test_from_mariadb(mariadb, old):
    assert "imported                3" in run(MYSQL, table=mariadb)
    data = told(old.call("GET /register/"))["data"]
    assert [user["id"] for user in data] == ["ada", "bob", "élise"]
    assert data[0]["timestamp"] == "2023-07-23T12:34:56"
    assert "already there           3" in run(MYSQL, table=mariadb)


@pytest.mark.mariadb
def test_a_wrong_password_is_told(mariadb, old, monkeypatch):
    monkeypatch.setenv("FACEPLATFORM_LEGACY_DATABASE_PASSWORD", "wrong")
    parts = urlsplit(MYSQL)
    with pytest.raises(CommandError, match="The old database says"):
        run(f"mysql://nobody@{parts.hostname}:{parts.port or 3306}/nothing", table=mariadb)
