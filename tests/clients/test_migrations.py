"""Migrations of clients keep policies that an earlier release accepted."""

import pytest

from clients.models import Client, SubjectGroup
from tests.migrating import migrate

BEFORE = ("clients", "0001_initial")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def before():
    migrate(BEFORE)
    yield
    migrate()


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ({}, {}),
        ({"keep_images": "yes"}, {"keep_images": True}),
        ({"keep_images": 1}, {"keep_images": True}),
        ({"keep_images": "off"}, {"keep_images": False}),
        ({"target_samples": "5", "probe_frames": 2.0}, {"target_samples": 5, "probe_frames": 2}),
        ({"false_match_rate": "1e-4"}, {"false_match_rate": 1e-4}),
        ({"quality": {"pose": "0.5"}}, {"quality": {"pose": 0.5}}),
        ({"liveness": "off"}, {"liveness": "off"}),
    ],
)
def test_values_get_their_types(make_api, before, stored, typed):
    client = make_api().client
    Client.objects.filter(pk=client.pk).update(policy=stored)
    migrate()
    client.refresh_from_db()
    assert repr(client.policy) == repr(typed)
    assert client.capture_policy  # valid


def test_the_client_opens_sessions_as_before(make_api, stage, before):
    api = make_api()
    Client.objects.filter(pk=api.client.pk).update(policy={"target_samples": "2"})
    migrate()
    assert api.open_enrollment().json()["target_samples"] == 2


def test_groups_get_an_id_each(make_api):
    api = make_api()
    for name in ("a", "b"):
        SubjectGroup.objects.create(client=api.client, name=name)
    migrate(("clients", "0028_group_public_id"))
    SubjectGroup.objects.update(public_id=None)
    migrate()
    ids = SubjectGroup.objects.values_list("public_id", flat=True)
    assert len(set(ids)) == 2
    assert None not in ids
