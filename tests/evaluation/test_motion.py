"""`manage.py evaluate_motion`: limits from one half of the people, verdicts on the others."""

import pytest
from django.core.management import CommandError, call_command

from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.management.commands.evaluate_motion import Command
from faceplatform.evaluation.motion import report
from faceplatform.evaluation.motion.trials import Trial
from faceplatform.liveness.parallax import LIMITS, Parallax


def trial(kind, person, strength, *, is_head):
    """Return a trial of three comparisons of that strength."""
    parallax = Parallax(tracks=90, motion=4.0, residual=(4.0 * strength) ** 0.5)
    return Trial(kind, is_head=is_head, person=person, comparisons=(parallax,) * 3)


PEOPLE = ("ann", "ben", "eve", "joe")
HEADS = [trial("head", person, 1.0, is_head=True) for person in PEOPLE]
# The strongest photograph is of one of the first half: ann and eve.
CARDS = [
    trial("card", person, strength, is_head=False)
    for person, strength in zip(PEOPLE, (0.1, 0.3, 0.2, 0.1), strict=True)
]
STILL = [Trial("still", is_head=False, person=person, comparisons=()) for person in PEOPLE]


def test_limits_lie_above_every_photograph_of_one_half_and_are_tried_on_the_other():
    data = report.as_data([*HEADS, *CARDS, *STILL], [])
    assert data["chosen"] == {"flat_below": 0.19, "solid_from": 0.24}
    rows = {row["kind"]: row for row in data["chosen_on_the_others"]}
    counts = {kind: [row[v] for v in ("flat", "solid", "unclear")] for kind, row in rows.items()}
    # Ben's card is stronger than those of the half that the limits are from.
    assert counts == {"head": [0, 2, 0], "card": [1, 1, 0], "still": [0, 0, 2]}


def test_errors_have_an_upper_bound_and_what_cannot_be_told_has_no_strength():
    rows = {row["kind"]: row for row in report.as_data([*HEADS, *STILL], [])["shipped_on_all"]}
    assert rows["head"]["solid"] == 4
    # None of four: at most 1 - 0.05 ** (1 / 4).
    assert rows["head"]["wrong_upper_bound"] == pytest.approx(0.527, abs=1e-3)
    assert rows["still"]["strength"] == {"p5": None, "median": None, "p95": None}


def test_the_report_says_that_synthetic_trials_give_no_error_rate():
    lines = list(report.lines(report.as_data([*HEADS, *CARDS], HEADS[:1])))
    assert "no error rate" in lines[0]
    assert any(f"solid from {LIMITS.solid_from:g}" in line for line in lines)
    assert any("no independent trials" in line for line in lines)


def test_one_person_cannot_be_split():
    with pytest.raises(EvaluationError, match="two people"):
        report.as_data(HEADS[:1], [])


def test_a_folder_without_people_is_an_error(tmp_path):
    with pytest.raises(CommandError, match="no folder of a person"):
        call_command("evaluate_motion", "--photographs", str(tmp_path))


@pytest.mark.parametrize("content", [None, b"", b"no film"])
def test_a_film_that_cannot_be_read_is_known_before_anybody_is_measured(
    tmp_path, monkeypatch, content
):
    monkeypatch.setattr(Command, "_synthetic", lambda *_: pytest.fail("it measured"))
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "1.jpg").touch()
    film = tmp_path / "film.mp4"
    if content is not None:
        film.write_bytes(content)
    with pytest.raises(CommandError, match=r"film\.mp4 is no film that can be read"):
        call_command("evaluate_motion", "--photographs", str(tmp_path), "--film", str(film))


def test_nobody_asked_for_is_an_error(tmp_path):
    with pytest.raises(CommandError, match="--people is 1 or more"):
        call_command("evaluate_motion", "--photographs", str(tmp_path), "--people", "0")
