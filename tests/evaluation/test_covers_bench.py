"""`python -m bench.covers` tells a cover that costs matches from one that does not."""

from types import SimpleNamespace

import numpy as np
import pytest

from bench import covers
from bench.covers import DARK, UNCOVERED, Faces
from faceplatform.engine.catalogue import choices
from tests.evaluation.people import made_up

PEOPLE, PHOTOGRAPHS = 30, 5
RECOGNIZER = SimpleNamespace(model=choices.recognition("dlib").model)


@pytest.fixture
def faces():
    """People alike in all of their photographs, but for the first one, in dark glasses."""
    embeddings, people = made_up(PEOPLE, PHOTOGRAPHS, spread=0.1, dimension=128)
    strangers, _ = made_up(PEOPLE, 1, spread=0.1, seed=9, dimension=128)
    first = np.arange(len(people)) % PHOTOGRAPHS == 0
    embeddings[first] = strangers
    return Faces(
        names=np.array([f"{person:02}/{row}.jpg" for row, person in enumerate(people)]),
        kinds=np.where(first, DARK, UNCOVERED),
        embeddings=embeddings,
        group_of={f"{person:02}": "FM"[person % 2] for person in range(PEOPLE)},
        light_below=np.where(first, np.where(people < 10, 0.2, 0.6), 0.9),
        luminance=np.linspace(50, 200, len(people)),
    )


def row(lines: list[str], start: str) -> list[str]:
    return next(line for line in lines if line.startswith(start)).split(" | ")


def test_who_is_missed(faces):
    lines = list(covers.lines(faces, RECOGNIZER))
    assert row(lines, "dark glasses, dark")[1] == "30, 30"
    assert row(lines, "dark glasses, dark")[2].startswith("100.0 % (")
    assert row(lines, "uncovered, dark")[2].startswith("0.0 % (")


def test_strangers_are_of_one_group(faces):
    lines = list(covers.lines(faces, RECOGNIZER))
    (table,) = (i for i, line in enumerate(lines) if line.startswith("\nstrangers at 0.001"))
    strangers = row(lines[table:], "dark")
    assert f"of {2 * 15 * 14 // 2} " in strangers[1]


def test_what_the_limit_refuses(faces):
    lines = list(covers.light_lines(faces))
    assert row(lines, "all | ")[1:] == ["120", "0", "0.900", "30", "10"]
    assert row(lines, "F | ")[1:] == ["60", "0", "0.900", "15", "5"]
    held_out = [line for line in lines if line.startswith("limit of one half, 0.750")]
    assert len(held_out) == 2
    assert all("uncovered refused 0 of 60, dark glasses 15 of 15" in line for line in held_out)
