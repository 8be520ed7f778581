"""`manage.py evaluate --held-out`: promises to people whom the thresholds were not made from."""

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from faceplatform.evaluation import calibration_file, held_out
from faceplatform.evaluation.acquisition import UNREADABLE, Samples
from faceplatform.evaluation.management.commands.evaluate import Command
from tests.evaluation.people import two_groups

PICTURES = 8  # a calibration takes so many of two people in each group


@pytest.fixture(scope="module")
def of_groups():
    return two_groups(PICTURES)


@pytest.fixture
def told():
    """Collect what stderr has when the photographs begin to be measured."""
    return []


@pytest.fixture
def run(of_groups, tmp_path, monkeypatch, told):
    """Return a function that runs the command on the first people of each of two groups."""

    def run(*options, people=44, unreadable=0):
        embeddings, numbers, labels = of_groups
        kept = numbers % 80 < people
        lines = ["person,group"]
        for person in np.unique(numbers[kept]):
            (tmp_path / f"{person:03}").mkdir()
            for picture in range(PICTURES):
                (tmp_path / f"{person:03}" / f"{picture}.jpg").touch()
            lines.append(f"{person:03},{labels[numbers == person][0]}")
        (tmp_path / "people.csv").write_text("\n".join(lines) + "\n")
        samples = _samples(embeddings[kept], numbers[kept], unreadable)
        out, err = StringIO(), StringIO()

        def acquire(*_):
            told.append(err.getvalue())
            return samples

        monkeypatch.setattr(Command, "_acquire", acquire)
        call_command(
            "evaluate", "--images", str(tmp_path), "--people", str(tmp_path / "people.csv"),
            "--json", str(tmp_path / "out.json"), *map(str, options),
            stdout=out, stderr=err,
        )  # fmt: skip
        return out.getvalue(), json.loads((tmp_path / "out.json").read_text())

    return run


def _samples(embeddings, numbers, unreadable):
    """Return samples of all photographs but the first, whose files cannot be read."""
    reasons = [UNREADABLE] * unreadable + [None] * (len(numbers) - unreadable)
    rows = np.maximum(np.arange(len(numbers)) - unreadable, -1)
    people = np.unique(numbers[unreadable:], return_inverse=True)[1]
    return Samples((embeddings[unreadable:],), people, rows, tuple(reasons))


def test_each_promise_stands_beside_its_actual_rate(run, tmp_path):
    out, data = run("--held-out", 1, "--html", tmp_path / "out.html")
    rows = {
        (row["group"], row["compared"], row["promised"]): row
        for row in data["held_out"]["promises"]
    }
    assert {group for group, _, _ in rows} == {"one", "alike"}
    assert data["held_out"]["draws"] == 1
    row = rows["alike", "verification, template of 3", 1e-2]
    assert row["telling"]
    assert not row["broken"]
    assert row["actual"]["low"] <= row["actual"]["mean"] <= row["promised"]
    assert len(row["missed"]) == 3
    assert "| alike | verification, template of 3 | 0.01 |" in out
    assert "Promises to people held out" in (tmp_path / "out.html").read_text()


def test_a_report_with_new_thresholds_has_them(run, tmp_path, monkeypatch):
    monkeypatch.setattr(held_out, "DRAWS_OF_REPORT", 1)
    _, data = run("--calibrate", tmp_path / "own.json", "--html", tmp_path / "out.html")
    assert data["held_out"]["draws"] == 1
    assert data["held_out"]["promises"]


def test_none_without_asking_for_them(run):
    _, data = run(people=4)
    assert "held_out" not in data


def test_people_too_few_for_halves_are_an_error_if_asked_for(run, tmp_path):
    """The report has the rest."""
    with pytest.raises(CommandError, match="half of the people are too few: group 'alike'"):
        run("--held-out", 1, "--html", tmp_path / "out.html", people=3)
    data = json.loads((tmp_path / "out.json").read_text())
    assert data["people"] == 6
    assert "group 'alike'" in data["held_out"]["withheld"]
    assert "Half of the people are too few" in (tmp_path / "out.html").read_text()


def test_a_number_that_is_none(run):
    with pytest.raises(CommandError, match="is no number of times"):
        run("--held-out", "-1")


def test_a_listing_too_small_for_a_calibration_is_known_before_it_is_measured(
    run, tmp_path, monkeypatch, told
):
    """The report has the rest, and the command fails, since it did not do all it was asked to."""
    monkeypatch.setattr(held_out, "DRAWS_OF_REPORT", 0)
    asked = ("--calibrate", tmp_path / "own.json", "--html", tmp_path / "out.html")
    with pytest.raises(CommandError, match=r"no calibration was written: .* of group .* need 8"):
        run(*asked, people=1)
    (before,) = told
    assert before.startswith("no calibration will be written: too few images")
    assert json.loads((tmp_path / "out.json").read_text())["people"] == 2
    assert "Error rates of" in (tmp_path / "out.html").read_text()
    assert not (tmp_path / "own.json").exists()


def test_photographs_lost_in_measuring_leave_the_report(run, tmp_path, monkeypatch):
    monkeypatch.setattr(held_out, "DRAWS_OF_REPORT", 0)
    monkeypatch.setattr(calibration_file, "require_photographs", lambda *_: None)
    asked = ("--calibrate", tmp_path / "own.json", "--html", tmp_path / "out.html")
    with pytest.raises(CommandError, match="no calibration was written: "):
        run(*asked, people=1)
    assert "Error rates of" in (tmp_path / "out.html").read_text()
    assert not (tmp_path / "own.json").exists()


def test_a_photograph_that_cannot_be_read_makes_no_calibration(run, tmp_path, monkeypatch):
    """Its person would silently count for less. The report has the rest."""
    monkeypatch.setattr(held_out, "DRAWS_OF_REPORT", 0)
    asked = ("--calibrate", tmp_path / "own.json", "--html", tmp_path / "out.html")
    with pytest.raises(CommandError, match="no calibration was written: 2 of the listed photogr"):
        run(*asked, unreadable=2)
    data = json.loads((tmp_path / "out.json").read_text())
    assert data["failure_reasons"] == {"file_unreadable": 2}
    assert not (tmp_path / "own.json").exists()
    assert "Error rates of" in (tmp_path / "out.html").read_text()
