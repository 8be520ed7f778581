"""The statements that an attempt costs: few, and none where it is neither begun nor ended."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.django_db


@pytest.fixture
def verbs(stage):
    """Post a frame; return the verbs of the statements on counts of attempts."""

    def run(api, token: str, frame: bytes) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert api.post_frame(token, frame).status_code == 200
        own = [query["sql"] for query in captured if "clients_userattempts" in query["sql"]]
        counts = [sql for sql in own if "facetemplate" not in sql]  # read beside the template
        return [sql.split()[0] for sql in counts]

    return run


def test_a_match_on_the_first_frame_reads_once(one, stage, verbs):
    one.enroll(stage, "alice", frames=1)
    one.verify(stage.frame("alice"))  # creates the count
    token = one.authentication_token("alice")
    assert verbs(one, token, stage.frame("alice")) == ["SELECT"]


def test_a_frame_in_between_reads_nothing(make_api, stage, verbs):
    api = make_api(probe_frames=3)
    api.enroll(stage, "alice", frames=1)
    token = api.authentication_token("alice")
    assert verbs(api, token, stage.frame("mallory"))[-1] == "UPDATE"  # reserved
    assert verbs(api, token, stage.frame("mallory")) == []
    assert verbs(api, token, stage.frame("mallory")) == ["SELECT", "UPDATE"]


def test_an_enrollment_has_no_attempts(one, stage, verbs):
    token = one.enrollment_token("alice", target_samples=1)
    assert verbs(one, token, stage.frame("alice")) == []
