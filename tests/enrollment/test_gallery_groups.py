"""A search among the members of a group: a nearer face outside of it displaces no member."""

import pytest

from authentication import services as authentications
from clients import services as users
from clients.groups.services import GroupNotFound
from clients.models import SubjectGroup
from enrollment import gallery
from faceplatform.engine import testing as fake
from faceplatform.sessions.opening import Opening
from faceplatform.sessions.pipeline import process_frame

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(api):
    return users.get_or_create_group(api.client, "staff")


def join(api, group, *user_ids: str) -> None:
    group.subjects.add(*(users.find_subject(api.client, user_id) for user_id in user_ids))


def search(api, group, person: str):
    return gallery.search(
        client_pk=api.client.pk,
        model=fake.MODEL,
        probe=fake.embedding(person, 99),
        group_pk=group.pk,
    )


def test_only_members_are_compared(api, stage, group):
    for person in ("alice", "bob", "carol"):
        api.enroll(stage, person, frames=1)
    join(api, group, "bob", "carol")
    found = search(api, group, "alice")
    assert found.size == 2
    assert {hit.subject_pk for hit in found.hits} == set(
        group.subjects.values_list("pk", flat=True)
    )
    assert max(hit.cosine for hit in found.hits) < 0.5
    best = search(api, group, "bob").hits[0]
    assert best.subject_pk == users.find_subject(api.client, "bob").pk
    assert best.cosine > 0.9


def test_nearer_strangers_in_any_number_hide_nobody(make_api, stage):
    api = make_api(duplicate_face="allow")
    for i in range(12):
        api.enroll(stage, f"twin-{i}", frames=1, person="bob")
    api.enroll(stage, "bob", frames=1)
    group = users.get_or_create_group(api.client, "staff")
    join(api, group, "bob")
    (hit,) = search(api, group, "bob").hits
    assert hit.subject_pk == users.find_subject(api.client, "bob").pk


def test_an_empty_group_and_switched_off_members_are_nobody(api, stage, group):
    api.enroll(stage, "alice", frames=1)
    assert search(api, group, "alice") == gallery.SearchResult([], 0)
    join(api, group, "alice")
    api.client.subjects.update(is_active=False)
    assert search(api, group, "alice").hits == []


def opening(api) -> Opening:
    return Opening(client=api.client, capture_type="api", metadata={})


def test_an_identification_keeps_to_its_group(api, stage, group):
    api.enroll(stage, "alice", frames=1)
    api.enroll(stage, "bob", frames=1)
    join(api, group, "bob")

    def identify(person):
        _, token = authentications.open_session(opening(api), user_id=None, group=group)
        frame = process_frame(client=api.client, token=token, image=stage.frame(person))
        return frame.ended.matched_user_id if frame.ended else None

    assert identify("alice") is None
    assert identify("bob") == "bob"


def test_a_group_that_is_deleted_ends_its_open_sessions(api, stage, group):
    """Without its group, a session would search everybody."""
    _, token = authentications.open_session(opening(api), user_id=None, group=group)
    group.delete()
    assert api.session(token).json()["status"] == "cancelled"


def test_no_session_opens_for_a_group_that_was_deleted_meanwhile(api, stage, group):
    SubjectGroup.objects.all().delete()
    with pytest.raises(GroupNotFound):
        authentications.open_session(opening(api), user_id=None, group=group)
