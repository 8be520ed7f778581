"""1:N: among this client's active users, with a threshold that grows with their number."""

import pytest

from tests.authentication.vectors import at_cosine

pytestmark = pytest.mark.django_db
PEOPLE = ["alice", "bob", "carol", "dave", "erin"]


@pytest.fixture
def api(make_api, stage):
    api = make_api(probe_frames=2)
    for person in PEOPLE:
        api.enroll(stage, person)
    return api


@pytest.mark.parametrize("person", PEOPLE)
def test_each_is_found_among_several(api, stage, person):
    body = api.identify(stage.frame(person))
    assert (body["result"], body["reason"]) == ("success", "matched")
    assert body["session_type"] == "identification"
    assert body["matched_user"] == {"user_id": person}
    assert body["similarity_score"] > 0.5


def test_a_stranger_is_refused_after_the_policys_frames(api, stage):
    token = api.authentication_token()
    first = api.post_frame(token, stage.frame("mallory")).json()
    assert (first["result"], first["reason"]) == (None, "undecided")
    assert first["success"] is False
    assert first["frame_accepted"] is first["requires_more_frames"] is True
    last = api.post_frame(token, stage.frame("mallory")).json()
    assert (last["result"], last["reason"]) == ("failure", "no_match")
    assert last["matched_user"] is None
    assert last["error"] == "User not recognized or liveness check failed."
    assert not any(person in str(last) for person in PEOPLE)


def test_an_empty_gallery_finds_nobody(make_api, stage):
    api = make_api("empty", probe_frames=1)
    body = api.identify(stage.frame("alice"))
    assert (body["result"], body["reason"]) == ("failure", "no_match")
    assert body["matched_user"] is body["similarity_score"] is None


def test_a_switched_off_user_is_never_a_hit(api, stage):
    api.client.subjects.filter(user_id="alice").update(is_active=False)
    body = api.identify(stage.frame("alice"))
    assert body["matched_user"] is None
    assert body["result"] is None


def test_behind_a_switched_off_user_the_next_one_is_found(make_api, stage):
    api = make_api("allowing", duplicate_face="allow")
    for user in ("first", "second"):
        api.enroll(stage, user, person="alice")
    for off, found in (("first", "second"), ("second", "first")):
        api.client.subjects.update(is_active=True)
        api.client.subjects.filter(user_id=off).update(is_active=False)
        assert api.identify(stage.frame("alice"))["matched_user"] == {"user_id": found}


def test_switched_off_while_the_probe_is_measured(api, stage):
    token = api.authentication_token()
    stage.meanwhile = lambda: api.client.subjects.update(is_active=False)
    assert api.post_frame(token, stage.frame("alice")).json()["matched_user"] is None


def test_switched_on_again_it_is_found_again(api, stage):
    for active in (False, True):
        api.client.subjects.filter(user_id="alice").update(is_active=active)
        body = api.identify(stage.frame("alice"))
        assert (body["matched_user"] == {"user_id": "alice"}) is active


def test_someone_enrolled_after_the_session_was_opened_is_found(api, stage):
    token = api.authentication_token()
    api.enroll(stage, "frank")
    body = api.post_frame(token, stage.frame("frank")).json()
    assert body["matched_user"] == {"user_id": "frank"}


def test_among_more_people_the_same_similarity_is_not_enough(make_api, stage):
    """Cosine 0.75: above the threshold of one comparison (0.7), below that of ten (0.8)."""
    api = make_api("growing", probe_frames=1, false_match_rate=1e-3)
    token = api.enrollment_token("alice", target_samples=1)
    api.post_frame(token, stage.frame(embedding=at_cosine(1.0)))
    probe = at_cosine(0.75)
    assert api.identify(stage.frame(embedding=probe))["result"] == "success"
    for number in range(9):
        api.enroll(stage, f"person-{number}", frames=1)
    assert api.identify(stage.frame(embedding=probe))["reason"] == "no_match"
    assert api.verify(stage.frame(embedding=probe), "alice")["result"] == "success"
    assert api.identify(stage.frame(embedding=at_cosine(0.85)))["result"] == "success"
