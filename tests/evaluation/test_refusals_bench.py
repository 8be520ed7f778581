"""`python -m bench.refusals` tells how often one group is refused against another."""

import numpy as np
import pytest

from bench import refusals_by_group as by_group
from bench.refusals_by_group import ACCEPTED, Missed, Outcome

PEOPLE = 200


def shown(refused: dict[str, int]) -> list[Outcome]:
    """Return two photographs of each person of each group, both refused for the first few."""
    return [
        Outcome(
            person=f"{group} {number}",
            name=f"{photograph}.jpg",
            reason="blurred" if number < few else ACCEPTED,
            embedding=np.array([1, 0] if number % 2 or not photograph else [0, 1], np.float32),
            luminance=100.0 + number,
            eye_distance=60.0,
        )
        for group, few in refused.items()
        for number in range(PEOPLE)
        for photograph in range(2)
    ]


def printed(capsys, refused: dict[str, int]) -> tuple[bool, list[str]]:
    outcomes = shown(refused)
    groups = {
        group: {(e.person, e.name) for e in outcomes if e.person.startswith(group)}
        for group in refused
    }
    groups |= {fifth: set() for fifth in by_group.FIFTHS}
    references = [each for each in outcomes if each.reason == ACCEPTED]
    unequal = by_group.print_outcomes("as taken", outcomes, groups, Missed(references, 0.5))
    return unequal, capsys.readouterr().out.splitlines()


def test_a_group_refused_far_more_often_is_unequal(capsys):
    unequal, lines = printed(capsys, {"one": 4, "other": 40})
    assert unequal
    assert any(line.startswith("  other over one: 10.0 (") for line in lines)


def test_twice_as_often_by_chance_is_not(capsys):
    unequal, lines = printed(capsys, {"one": 3, "other": 7})
    assert not unequal
    assert any(line.startswith("  other over one: 2.3 (") for line in lines)


def test_a_group_of_which_none_is_refused_has_an_interval_too(capsys):
    unequal, lines = printed(capsys, {"one": 0, "other": 40})
    assert unequal
    (ratio,) = (line for line in lines if line.startswith("  other over one:"))
    assert ratio.startswith("  other over one: - (")


def test_shares_count_each_person_once_and_have_intervals(capsys):
    _, lines = printed(capsys, {"one": 20, "other": 20})
    (row,) = (line for line in lines if line.startswith("one |"))
    assert row.startswith("one | 400 | 10.0 % (")
    # Every other person's two photographs are unlike each other.
    assert " | 50.0 % (" in row
    assert row.endswith("blurred 40")


@pytest.mark.parametrize("times", [1.0, 3.0])
def test_the_interval_of_a_ratio_holds_it(times):
    """Of many draws of two groups' refusals, the interval has the truth in 19 of 20 or more."""
    generator, held, draws = np.random.default_rng(1), 0, 60
    for _ in range(draws):
        more, less = (
            (generator.random(PEOPLE) < rate).astype(float) for rate in (0.05 * times, 0.05)
        )
        low, high = by_group.ratio_interval(more, less)
        held += low <= times <= high
    assert held >= 0.95 * draws
