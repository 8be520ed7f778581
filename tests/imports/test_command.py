"""manage.py import_users: from a folder, an archive and a CSV file; resumed; with a report."""

import csv
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from clients.models import Subject
from enrollment.models import FaceTemplate
from faceplatform.engine import registry
from faceplatform.errors import EngineBusy, EngineError, ModelMissing
from imports import direct
from imports.models import ImportJob
from tests.imports.importing import archive, table
from tests.imports.test_busy_engine import Away
from tests.strange_files import STRANGE

pytestmark = pytest.mark.django_db


def run(source, **options) -> str:
    out = StringIO()
    call_command("import_users", str(source), stdout=out, **{"client": "acme"} | options)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path, stage):
    """A folder with Ada (two images), Bob (one, without a folder) and an id with a slash."""
    folder = tmp_path / "faces"
    for user in ("ada", "team%2Fcid"):
        (folder / user).mkdir(parents=True)
        for sample in range(2):
            (folder / user / f"{sample}.png").write_bytes(stage.frame(user))
    (folder / "bob.png").write_bytes(stage.frame("bob"))
    (folder / "notes.txt").write_text("no image")
    return folder


def test_a_folder(api, folder):
    assert "enrolled                3" in run(folder)
    templates = dict(FaceTemplate.objects.values_list("subject__user_id", "sample_count"))
    assert templates == {"ada": 2, "bob": 1, "team/cid": 2}
    assert not ImportJob.objects.exists()


def test_run_again_it_resumes(api, folder, stage):
    run(folder)
    (folder / "dan.png").write_bytes(stage.frame("dan"))
    again = run(folder)
    assert "enrolled                1" in again
    assert "skipped                 3" in again


def test_replaced_on_request(api, folder):
    run(folder)
    before = set(FaceTemplate.objects.values_list("pk", flat=True))
    assert "enrolled                3" in run(folder, replace=True)
    assert before.isdisjoint(FaceTemplate.objects.values_list("pk", flat=True))


def test_failures_are_reported(api, folder, stage, tmp_path):
    (folder / "twin.png").write_bytes(stage.frame("ada"))
    (folder / "blank.png").write_bytes(stage.frame(faces=0))
    report = tmp_path / "failed.csv"
    with pytest.raises(CommandError, match="2 of 5 users were not imported"):
        run(folder, report=report)
    assert list(csv.reader(report.open())) == [
        ["user_id", "reason"],
        ["blank", "no_face"],
        ["twin", "duplicate_face"],
    ]


def test_an_id_in_the_report_is_no_formula(api, stage, tmp_path):
    zipped, report = tmp_path / "faces.zip", tmp_path / "failed.csv"
    zipped.write_bytes(archive({"=1+1/1.jpg": stage.frame(faces=0), "b;=2/1.jpg": b"x"}))
    with pytest.raises(CommandError, match="2 of 2 users were not imported"):
        run(zipped, report=report)
    assert [row["user_id"] for row in csv.DictReader(report.open())] == ["'=1+1", "b;=2"]
    assert '"b;=2"' in report.read_text()


def test_an_archive_and_a_csv_file(api, stage, tmp_path):
    zipped, users = tmp_path / "faces.zip", tmp_path / "users.csv"
    zipped.write_bytes(archive({"ada/1.jpg": stage.frame("ada")}))
    users.write_bytes(table(("ada",), ("bob",)))
    assert "enrolled                1" in run(zipped)
    out = run(users)
    assert "created                 1" in out
    assert "skipped                 1" in out


def test_the_limits_of_an_upload_do_not_apply(api, stage, tmp_path, settings):
    settings.FACEPLATFORM_IMPORT_MB = 0
    zipped = tmp_path / "faces.zip"
    zipped.write_bytes(archive({"ada.jpg": stage.frame("ada")}))
    assert "enrolled                1" in run(zipped)


def test_it_waits_for_a_busy_engine(api, folder, stage, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(direct, "sleep", slept.append)
    errors = [EngineBusy(retry_after=1), EngineError("away"), EngineBusy(retry_after=5)]
    registry.set_engine(Away(stage.analyze, errors))
    assert "enrolled                3" in run(folder)
    assert slept == [1, 2, 5]


def test_it_does_not_wait_for_models(api, folder, stage, monkeypatch):
    monkeypatch.setattr(direct, "sleep", lambda _: pytest.fail("it waited"))
    registry.set_engine(Away(stage.analyze, [ModelMissing("dlib is missing")]))
    with pytest.raises(CommandError, match="dlib is missing"):
        run(folder)


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("nowhere", {}, "There is no file or folder .*nowhere"),
        ("", {"target_samples": 99}, "target_samples must be between 1 and 10"),
        ("", {"client": "initech"}, "no active client 'initech'"),
        ("bad.zip", {}, "The archive is damaged"),
    ],
)
def test_mistakes_are_told(api, tmp_path, source, options, message):
    (tmp_path / "bad.zip").write_bytes(b"PK\3\4")
    with pytest.raises(CommandError, match=message):
        run(tmp_path / source, **options)
    assert not Subject.objects.exists()


@pytest.mark.parametrize("make", STRANGE)
@pytest.mark.parametrize("place", ["strange.jpg", "ada/strange.jpg"])
def test_links_pipes_and_devices_are_refused_before_anybody_is_imported(api, folder, make, place):
    make(folder / place)
    with pytest.raises(CommandError, match=f"{place} is neither a file nor a folder"):
        run(folder)
    assert not Subject.objects.exists()
