"""Many people who follow a challenge: scripted heads, which are drawn from one photograph each.

They are synthetic, so that they pass proves the wiring and gives no error rate of people.
`python -m bench.challenge` prints how many of each kind of attack pass.
"""

from contextlib import suppress
from itertools import islice

import pytest

from bench import challenge
from tests.photographs import shared

pytestmark = [pytest.mark.django_db, pytest.mark.real_engine, pytest.mark.shared_photos]

PHOTOGRAPHS, PEOPLE = 100, 20
LEAST_SHARE = 0.95


@pytest.fixture(scope="module")
def portraits(tmp_path_factory):
    """The first photograph of each of LFW's first people, where a head can be drawn from it."""
    folder = tmp_path_factory.mktemp("people")
    everybody = sorted(path for path in shared("faces/lfw_whole").iterdir() if path.is_dir())
    for person in everybody[:PHOTOGRAPHS]:
        photograph = min(person.iterdir())
        (folder / photograph.name).write_bytes(photograph.read_bytes())
    return challenge.portraits(folder)


def followed(portraits):
    """Yield the end of a session of each person whose photograph can be enrolled."""
    for number, person in enumerate(portraits):
        with suppress(challenge.NotEnrolledError):
            yield challenge.trial("bona_fide", person, person, policy=challenge.POLICY, seed=number)


def test_of_many_people_who_follow_nearly_all_pass(portraits):
    results = list(islice(followed(portraits), PEOPLE))
    assert len(results) == PEOPLE
    failures = [result.reason for result in results if not result.passed]
    assert len(failures) <= (1 - LEAST_SHARE) * PEOPLE, failures
