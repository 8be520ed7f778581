"""`python -m bench.promise` fails if a promise is broken among people held out."""

import sys

import pytest

from bench import promise
from faceplatform.engine.catalogue import choices
from tests.evaluation.people import two_groups

MODEL = choices.recognition("dlib").model
ARGUMENTS = ["bench.promise", "--images", ".", "--people", ".", "--model", MODEL.name]


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs the command on made-up people, one split, and what it prints."""
    embeddings, people, labels = two_groups()
    faces = promise.Faces([MODEL], [embeddings], people, labels, {"blurred": 1})
    monkeypatch.setattr(promise, "_acquire", lambda _: faces)

    def run(*options: str) -> str:
        monkeypatch.setattr(sys, "argv", [*ARGUMENTS, "--draws", "1", *options])
        promise.main()
        return str(capsys.readouterr().out)

    return run


def test_promises_that_hold(run):
    lines = run().splitlines()
    assert (
        "people of group alike by accepted photographs, or more: "
        "80 with 1, 80 with 2, 80 with 3, 80 with 4, 80 with 6"
    ) in lines
    rows = [line for line in lines if line.startswith("| alike | 1 v 1 | 0.01 |")]
    assert len(rows) == 2, "held out, and with the calibration in use"
    assert "| inside |" in rows[0]


def test_one_threshold_for_everybody_ends_with_an_error(run):
    with pytest.raises(SystemExit, match="promises are broken"):
        run("--one-threshold")
