"""Challenges led by scripted subjects over the API, with the real engine and no waiting.

`python -m bench.challenge` does the same with many sessions and prints how many of each kind pass.
"""

import pytest

from bench import challenge
from tests.photographs import photo

pytestmark = [pytest.mark.django_db, pytest.mark.real_engine]

POLICY = {
    "camera_liveness": "challenge",
    # The shortest allowed, so that an attack that waits for the end of its time is over soon.
    "challenge_step_seconds": 3,
    "challenge_max_faults": 1,
}
# Draws "look up" and "turn left", and for a second session "move back" and "look down".
SEED = 52


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Two people who look into the camera."""
    folder = tmp_path_factory.mktemp("people")
    for name in ("astronaut.png", "biden.jpg"):
        (folder / name).write_bytes(photo(name).read_bytes())
    found = challenge.portraits(folder, most_smile=0.2)
    assert len(found) == 2
    return found


def lead(kind, people):
    victim, other = people
    return challenge.trial(kind, victim, other, policy=POLICY, seed=SEED)


def test_somebody_who_follows_passes(people):
    result = lead("bona_fide", people)
    assert (result.passed, result.reason) == (True, "matched")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("wrong_order", "liveness_failed"),
        ("unasked", "liveness_failed"),
        ("moved_photo", "liveness_failed"),
        ("bent_photo", "liveness_failed"),
        ("other_then_victim", "no_match"),
        ("victim_and_other", "liveness_failed"),
        ("replay", "given_up"),
        ("slowed", "liveness_failed"),
        ("sped_up", "liveness_failed"),
    ],
)
def test_an_attack_does_not_pass(people, kind, reason):
    result = lead(kind, people)
    assert (result.passed, result.reason) == (False, reason)
