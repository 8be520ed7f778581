"""Staff changes the scopes of a key: in the admin and by manage.py, from its next call on."""

from io import StringIO

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from clients.models import Credential
from faceplatform.api.scopes import Scope
from faceplatform.events import CredentialChange, CredentialsChanged
from tests.stage import problem

pytestmark = pytest.mark.django_db


def staff(*permissions: str) -> Browser:
    user = User.objects.create_user("staff", password="a password for tests", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    browser = Browser()
    browser.force_login(user)
    return browser


def save(browser: Browser, api, scopes: list[str]):
    """Send the client's form with these boxes ticked."""
    form = {
        "name": api.client.name,
        "is_active": "on",
        "tier": "standard",
        "time_zone": "UTC",
        "credentials-TOTAL_FORMS": "1",
        "credentials-INITIAL_FORMS": "1",
        "credentials-0-id": str(api.issued.credential.pk),
        "credentials-0-client": str(api.client.pk),
        "credentials-0-scopes": scopes,
    }
    return browser.post(f"/admin/clients/client/{api.client.pk}/change/", form)


def changes(heard) -> list[tuple]:
    return [(e.credential_id, e.change, e.by) for e in heard if isinstance(e, CredentialsChanged)]


def test_in_the_admin(api, heard, admin_client):
    heard.clear()
    assert api.http.get("/api/clients/users/").status_code == 200
    assert save(admin_client, api, ["enroll", "authenticate"]).status_code == 302
    assert Credential.objects.get().scopes == ["authenticate", "enroll"]
    assert changes(heard) == [(api.issued.credential.public_id, CredentialChange.SCOPES_SET, None)]
    problem(api.http.get("/api/clients/users/"), 403, "scope_missing")


def test_saved_as_they_are_nothing_has_changed(api, heard, admin_client):
    heard.clear()
    assert save(admin_client, api, [str(scope) for scope in Scope]).status_code == 302
    assert changes(heard) == []


@pytest.mark.parametrize("scopes", [[], ["everything"]])
def test_refused_in_the_admin(api, heard, admin_client, scopes):
    heard.clear()
    assert save(admin_client, api, scopes).status_code == 200
    assert set(Credential.objects.get().scopes) == set(Scope)
    assert changes(heard) == []


@pytest.mark.parametrize(
    "permissions",
    [
        ("view_client", "view_credential"),
        ("view_client", "change_client", "view_credential"),
        ("view_client", "view_credential", "change_credential"),
    ],
)
def test_both_the_client_and_the_key_must_be_changeable(api, heard, permissions):
    heard.clear()
    save(staff(*permissions), api, ["enroll"])
    assert set(Credential.objects.get().scopes) == set(Scope)
    assert changes(heard) == []


def test_by_the_command(api, heard):
    heard.clear()
    out = StringIO()
    key = api.issued.credential.api_key
    call_command("set_scopes", key, scopes="manage, enroll", stdout=out)
    assert out.getvalue().strip() == "Scopes: enroll, manage"
    assert changes(heard) == [(api.issued.credential.public_id, CredentialChange.SCOPES_SET, None)]
    problem(api.open_authentication(), 403, "scope_missing")


@pytest.mark.parametrize(
    ("key", "scopes", "message"),
    [("fpk_x", "enroll", "no such API key"), ("fpk_x", "all", "--scopes takes some of")],
)
def test_mistakes_are_told(db, key, scopes, message):
    with pytest.raises(CommandError, match=message):
        call_command("set_scopes", key, scopes=scopes)


@pytest.mark.parametrize(("field", "told"), [("scopes", "the operator"), ("expires_at", "rotate")])
def test_a_client_that_tries_is_told_who_can(api, field, told):
    address = f"/api/clients/credentials/{api.issued.credential.public_id}/"
    answer = api.http.patch(address, {field: []}, format="json")
    assert told in problem(answer, 400, "validation_failed")["errors"][field][0]["message"]
