"""Migrations of clients keep policies and rights that an earlier release gave."""

import pytest

from clients import tokens
from clients.credentials import scopes_in
from clients.models import Client, Credential, SubjectGroup
from faceplatform.api.scopes import Scope
from tests.migrating import migrate

BEFORE = ("clients", "0001_initial")
pytestmark = pytest.mark.django_db(transaction=True)


# Policies as they were stored, and as they are typed.
POLICIES = [
    ({}, {}),
    ({"keep_images": "yes"}, {"keep_images": True}),
    ({"keep_images": 1}, {"keep_images": True}),
    ({"keep_images": "off"}, {"keep_images": False}),
    ({"target_samples": "5", "probe_frames": 2.0}, {"target_samples": 5, "probe_frames": 2}),
    # One rate for all, which searches keep.
    (
        {"false_match_rate": "1e-4"},
        {"false_match_rate": 1e-4, "identification_false_match_rate": 1e-4},
    ),
    ({"quality": {"pose": "0.5"}}, {"quality": {"pose": 0.5}}),
    ({"liveness": "off"}, {"liveness": "off"}),
]


def test_clients_of_an_earlier_release_go_on(make_api, stage):
    """The values of policies get their types, keys keep all scopes, and sessions are opened as
    before. One test, because the way back and forth takes seconds."""
    apis = [make_api(f"client {number}") for number in range(len(POLICIES))]
    migrate(BEFORE)
    for api, (stored, _) in zip(apis, POLICIES, strict=True):
        Client.objects.filter(pk=api.client.pk).update(policy=stored)
    migrate()
    for api, (_, typed) in zip(apis, POLICIES, strict=True):
        api.client.refresh_from_db()
        assert repr(api.client.policy) == repr(typed)
        assert api.client.capture_policy  # valid
        credential = Credential.objects.get(client=api.client)
        assert scopes_in(credential.scopes) == set(Scope)
        assert (credential.name, credential.expires_at) == ("", None)
    api = with_token(apis[4])
    assert api.open_enrollment().json()["target_samples"] == 5
    assert api.http.get("/api/clients/credentials/").status_code == 200


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


def with_token(api):
    """Return the caller with a token of this release."""
    access = tokens.issue_tokens(api.issued.credential)["access"]
    api.http.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return api
