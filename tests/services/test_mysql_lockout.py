"""Lockout, quotas and usage on MySQL or MariaDB: exact for threads and processes at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from clients import usage
from clients.models import AddressAttempts, Client, Subject, UsageDay, UserAttempts
from clients.quotas import UserLimitReached
from clients.services import create_subject, find_subject
from clients.users.erasure import erase_subject
from tests.services.marks import services
from tests.services.released import at_once
from tests.stage import limit, problem

pytestmark = [*services, pytest.mark.django_db(transaction=True)]
_PROCESSES, _EACH, _FREE = 2, 10, 5


@pytest.fixture
def one(make_api, stage):
    api = make_api(probe_frames=1)
    api.enroll(stage, "alice", frames=1)
    return api


def guess_in_processes(api, tokens: list[str]) -> list[dict]:
    """Post a stranger's frame to each session from several processes at once."""
    access = api.http._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    database = str(connection.settings_dict["NAME"])
    said = at_once(
        "tests.services.guess_process",
        [
            (database, access, str(1000 * (number + 1)), *tokens[number::_PROCESSES])
            for number in range(_PROCESSES)
        ],
    )
    return [answer for answers in said for answer in answers]


def told(answers: list[dict]) -> list[dict]:
    return [answer for answer in answers if answer.get("similarity_score") is not None]


def test_guesses_of_two_processes_at_a_user(one):
    tokens = [one.authentication_token("alice") for _ in range(_PROCESSES * _EACH)]
    answers = guess_in_processes(one, tokens)
    assert {answer["reason"] for answer in answers} == {"no_match", "verification_delayed"}
    assert len(told(answers)) == _FREE
    count = UserAttempts.objects.get()
    assert (count.failures, count.pending) == (_FREE, 0)
    problem(one.open_authentication("alice"), 429, "verification_delayed")


def test_guesses_of_two_processes_from_an_address(one):
    tokens = [one.authentication_token() for _ in range(_PROCESSES * _EACH)]
    answers = guess_in_processes(one, tokens)
    assert len(told(answers)) == _FREE
    count = AddressAttempts.objects.get()
    assert (count.failures, count.pending) == (_FREE, 0)


def test_frames_of_two_processes_share_the_clients_limit(one):
    limit(one, frames_per_minute=7)
    tokens = [one.enrollment_token(f"user-{n}") for n in range(_PROCESSES * _EACH)]
    answers = guess_in_processes(one, tokens)
    taken = [answer for answer in answers if answer.get("code") != "throttled"]
    # At the turn of a minute, calls that are refused take another's place for a moment.
    assert 4 <= len(taken) <= 7


def together(*calls) -> list:
    barrier = Barrier(len(calls), timeout=60)

    def run(call):
        barrier.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_a_user_is_erased_during_verifications(one, stage):
    """The erasure holds the user and then the sessions, a frame the reverse."""
    tokens = [one.authentication_token("alice") for _ in range(4)]
    alice = find_subject(one.client, "alice")

    def posting(token: str, frame: bytes):
        return lambda: one.post_frame(token, frame).status_code

    posts = [posting(token, stage.frame("mallory")) for token in tokens]
    *statuses, erased = together(*posts, lambda: erase_subject(alice))
    assert erased is not None
    assert set(statuses) <= {200, 404, 409}
    assert not UserAttempts.objects.exists()


def test_users_created_at_once(one):
    limit(one, users=8)  # one exists

    def create(number: int) -> bool:
        try:
            create_subject(Client.objects.get(pk=one.client.pk), f"user-{number}")
        except UserLimitReached:
            return False
        return True

    made = together(*[lambda number=number: create(number) for number in range(16)])
    assert sum(made) == 7
    assert Subject.objects.count() == 8


def test_usage_written_at_once(one):
    """As by several processes: each has counts of its own for the same row."""
    usage.flush()
    UsageDay.objects.all().delete()
    one.http.get("/api/auth/enrollments/")
    counted = dict(usage._tally._values)
    usage._tally.clear()
    together(*[lambda: usage._write(counted)] * 8)
    assert UsageDay.objects.get().calls == 8
