"""Numbers of people, against the rules of ISO/IEC 19795-1 and against simulated people."""

from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from faceplatform.evaluation import clustering, power
from faceplatform.evaluation.comparisons import impostors_from
from faceplatform.evaluation.power import Aim


@pytest.mark.parametrize(
    ("rate", "aim", "trials"),
    [
        (1e-2, Aim.BOUND, 299),
        (1e-3, Aim.BOUND, 2995),
        (1e-4, Aim.BOUND, 29956),
        (1e-2, Aim.ESTIMATE, 3000),
        (1e-4, Aim.ESTIMATE, 300_000),
    ],
)
def test_independent_trials_follow_the_rules_of_3_and_30(rate, aim, trials):
    found = power.need(rate, aim, spread=0)
    assert (found.trials, found.people_apart) == (trials, 2 * trials)


@pytest.mark.parametrize(
    ("rate", "aim", "spread", "people"),
    [
        # n (n - 1) / 2 pairs, independent: 25 * 24 / 2 = 300 for 299.
        (1e-2, Aim.BOUND, 0, 25),
        (1e-3, Aim.BOUND, 0, 78),  # 78 * 77 / 2 = 3,003
        (1e-4, Aim.BOUND, 0, 246),  # 246 * 245 / 2 = 30,135
        (1e-4, Aim.ESTIMATE, 0, 776),  # 776 * 775 / 2 = 300,700
        # 253 * 252 / 2 / (1 + 2 * 251 * 1e-4 / (1 - 1e-4)) = 30,354 for 29,956; 251: 29,880.
        (1e-4, Aim.BOUND, 1, 252),
    ],
)
def test_people_against_all_others_of_their_group(rate, aim, spread, people):
    assert power.need(rate, aim, spread=spread).people == people


def test_more_pairs_do_not_replace_people():
    """At least 12 s^2 are needed at any rate: with s = 5, three hundred."""
    assert power.need(0.1, Aim.BOUND, spread=5).people > 250
    assert power.need(0.1, Aim.BOUND, spread=5).people > power.need(0.1, Aim.BOUND, spread=1).people


def test_a_person_has_the_photographs_of_both_sides():
    found = power.need(1e-3, Aim.BOUND, spread=0, template_frames=3, probe_frames=3)
    assert found.photographs == 6


@pytest.mark.parametrize("spread", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("rate", [1e-2, 1e-3, 1e-4])
@pytest.mark.parametrize("aim", Aim)
def test_one_person_less_would_be_too_few(rate, aim, spread):
    found = power.need(rate, aim, spread=spread)
    assert power.independent_pairs(found.people, rate, spread) >= found.trials
    assert power.independent_pairs(found.people - 1, rate, spread) < found.trials


@pytest.mark.parametrize(
    "arguments",
    [
        {"rate": 0, "spread": 0},
        {"rate": 1, "spread": 0},
        {"rate": 1e-3, "spread": -1},
        {"rate": 1e-9, "spread": 0},
        {"rate": 1e-3, "spread": 0, "probe_frames": 0},
        {"rate": 1e-3, "spread": 1e6},
        {"rate": 1e-3, "spread": 1e300},
        {"rate": 1e-3, "spread": float("inf")},
        {"rate": 1e-3, "spread": float("nan")},
    ],
)
def test_arguments_out_of_bounds(arguments):
    with pytest.raises(ValueError, match=r"between|or more|at least|more than"):
        power.need(arguments.pop("rate"), Aim.BOUND, **arguments)


@pytest.mark.parametrize("spread", [0.0, 2.0])
def test_the_spread_of_simulated_people_is_found(spread):
    """A pair matches with a chance of rate * a * b, where a and b are the persons' own factors."""
    rng = np.random.default_rng(1)
    people, rate = 1500, 4e-3
    own = rng.gamma(1 / spread**2, spread**2, people) if spread else np.ones(people)
    chance = np.triu(rng.random((people, people)), k=1)
    likely = np.triu(rate * np.outer(own, own), k=1)
    scores = np.where(chance < likely, 0.9, 0.1).astype(np.float32)
    found = impostors_from(scores, np.arange(people), np.arange(people), symmetric=True)
    assert clustering.spread_of_people(found, 0.5) == pytest.approx(spread, abs=0.3)


def spread_of(people: int, matching, *, photographs: int = 1) -> float | None:
    """Return the spread of people of whom these pairs match, with all their photographs."""
    owners = np.repeat(np.arange(people), photographs)
    scores = np.full((len(owners), len(owners)), 0.1, dtype=np.float32)
    for one, other in matching:
        scores[np.ix_(owners == one, owners == other)] = 0.9
    found = impostors_from(scores, owners, owners, symmetric=True)
    return clustering.spread_of_people(found, 0.5)


def test_several_photographs_of_a_person_are_one_observation():
    """Each pair counts once: with 16 comparisons of each, six would tell a spread."""
    six = [(2 * n, 2 * n + 1) for n in range(6)]
    assert spread_of(24, six, photographs=4) is None
    nine = [(2 * n, 2 * n + 1) for n in range(9)]
    assert spread_of(24, nine, photographs=4) == spread_of(24, nine) == 0


@pytest.mark.parametrize("count", range(7))
def test_too_few_false_matches_tell_no_spread(count):
    """Of 24 people: if nobody differs, two pairs of six share a person 2.4 times. None that do is
    no surprise, and 0 would be no measurement."""
    assert spread_of(24, [(2 * n, 2 * n + 1) for n in range(count)]) is None


def test_false_matches_of_one_person_tell_a_spread_once_there_are_enough():
    assert spread_of(24, [(0, n) for n in range(1, 4)]) is None
    assert spread_of(24, [(0, n) for n in range(1, 10)]) > 2


def test_a_pair_with_most_of_the_false_matches_counts_for_little_more_than_itself():
    """Nine others match with one comparison of sixteen each: in effect, two pairs match."""
    owners = np.repeat(np.arange(24), 4)
    scores = np.full((96, 96), 0.1, dtype=np.float32)
    scores[np.ix_(owners == 0, owners == 1)] = 0.9
    for n in range(1, 10):
        scores[8 * n, 8 * n + 4] = 0.9
    found = impostors_from(scores, owners, owners, symmetric=True)
    assert clustering.spread_of_people(found, 0.5) is None


def test_the_command_assumes_what_the_report_does():
    assert f"spread of people {power.ASSUMED_SPREAD:g}" in run("--false-match-rate", "1e-3")


def run(*arguments) -> str:
    out = StringIO()
    call_command("people_needed", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_command_says_how_many_of_each_group():
    out = run("--false-match-rate", "1e-3", "--groups", 2, "--spread", 0, "--template-frames", 3)
    assert "2,995 independent comparisons" in out
    assert "78 people of each of 2 groups: 156 in all" in out
    assert "4 photographs of each person" in out


def test_the_command_names_what_is_out_of_bounds():
    with pytest.raises(CommandError, match="between 0 and 1"):
        run("--false-match-rate", "0")
    with pytest.raises(CommandError, match="one group"):
        run("--false-match-rate", "1e-3", "--groups", 0)
