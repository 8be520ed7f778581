"""Migrations of clients keep policies and rights that an earlier release gave."""

import pytest

from clients import tokens
from clients.credentials import scopes_in
from clients.models import Client, Credential, SubjectGroup
from faceplatform.api.scopes import Scope
from tests.migrating import migrate

BEFORE = ("clients", "0001_initial")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def before(make_api):
    """A client, as an earlier release left it."""
    api = make_api()
    migrate(BEFORE)
    yield api
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
def test_values_get_their_types(before, stored, typed):
    client = before.client
    Client.objects.filter(pk=client.pk).update(policy=stored)
    migrate()
    client.refresh_from_db()
    assert repr(client.policy) == repr(typed)
    assert client.capture_policy  # valid


def test_the_client_opens_sessions_as_before(before, stage):
    Client.objects.filter(pk=before.client.pk).update(policy={"target_samples": "2"})
    migrate()
    api = with_token(before)
    assert api.open_enrollment().json()["target_samples"] == 2


def test_groups_get_an_id_each(make_api):
    api = make_api()
    for name in ("a", "b"):
        SubjectGroup.objects.create(client=api.client, name=name)
    migrate(("clients", "0021_group_public_id"))
    SubjectGroup.objects.update(public_id=None)
    migrate()
    ids = SubjectGroup.objects.values_list("public_id", flat=True)
    assert len(set(ids)) == 2
    assert None not in ids


def test_keys_of_an_earlier_release_keep_all_scopes(before, stage):
    migrate()
    credential = Credential.objects.get()
    assert scopes_in(credential.scopes) == set(Scope)
    assert (credential.name, credential.expires_at) == ("", None)
    api = with_token(before)
    assert api.open_enrollment().status_code == 201
    assert api.http.get("/api/clients/credentials/").status_code == 200


def with_token(api):
    """Return the caller with a token of this release."""
    access = tokens.issue_tokens(api.issued.credential)["access"]
    api.http.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return api
