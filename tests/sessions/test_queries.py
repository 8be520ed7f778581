"""The database statements of one frame. A further one is a cost for every frame."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.django_db


def statements(captured: CaptureQueriesContext) -> list[str]:
    """Return verb and table of each, without those that open and close transactions."""
    found = []
    for query in captured:
        verb, *words = query["sql"].replace('"', "").replace("`", "").split()
        if verb in {"SELECT", "INSERT", "UPDATE", "DELETE"}:
            mark = {"SELECT": "FROM", "INSERT": "INTO", "DELETE": "FROM"}.get(verb)
            place = words.index(mark) + 1 if mark else 0
            found.append(f"{verb} {words[place].split('.')[0]}")
    return found


def test_a_frame_reads_four_times_and_writes_twice(api, stage):
    token = api.enrollment_token(target_samples=3)
    api.post_frame(token, stage.frame())
    with CaptureQueriesContext(connection) as captured:
        answer = api.post_frame(token, stage.frame())
    assert answer.json()["samples_collected"] == 2
    assert statements(captured) == [
        "SELECT clients_client",
        "SELECT enrollment_enrollmentsession",
        "SELECT enrollment_enrollmentsession",  # again, now that it is locked
        "SELECT enrollment_enrollmentsample",
        "INSERT enrollment_enrollmentsample",
        "UPDATE enrollment_enrollmentsession",
    ]


def test_where_replays_are_refused_it_reads_once_more_and_writes_four_times(make_api, stage):
    api = make_api(replayed_frame="refuse")
    token = api.enrollment_token(target_samples=3)
    api.post_frame(token, stage.frame())
    with CaptureQueriesContext(connection) as captured:
        answer = api.post_frame(token, stage.frame())
    assert answer.json()["samples_collected"] == 2
    assert statements(captured) == [
        "SELECT clients_client",
        "SELECT enrollment_enrollmentsession",
        "SELECT enrollment_enrollmentsession",
        "SELECT enrollment_enrollmentsample",
        "SELECT capture_sessions_seenband",  # and no frame, as none is alike
        "INSERT capture_sessions_seenframe",
        "INSERT capture_sessions_seenband",  # all of them
        "INSERT enrollment_enrollmentsample",
        "UPDATE enrollment_enrollmentsession",
    ]
