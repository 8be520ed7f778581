"""Buttons beside an API key in the admin: revoke it, or replace it by a new one."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client as Browser

from audit.models import AuditEntry
from clients import credentials
from clients.models import Credential
from faceplatform.api.scopes import Scope
from tests.clients.test_admin_secrets import shown

pytestmark = pytest.mark.django_db
LIST = "/admin/clients/client/"


def page_of(api, name: str, credential: Credential | None = None) -> str:
    key = credential or api.issued.credential
    return f"{LIST}{api.client.pk}/credentials/{key.pk}/{name}/"


def staff(*codenames: str) -> Browser:
    user = User.objects.create_user("staff", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    browser = Browser()
    browser.force_login(user)
    return browser


def with_role(role: str) -> Browser:
    browser = staff()
    User.objects.get().groups.add(Group.objects.get(name=role))
    return browser


def test_an_operator_revokes_a_key(api):
    browser = with_role("operator")
    assert page_of(api, "revoke") in browser.get(f"{LIST}{api.client.pk}/change/").content.decode()
    assert browser.get(page_of(api, "revoke")).status_code == 200
    assert Credential.objects.get().revoked_at is None  # asked, not done
    page = browser.post(page_of(api, "revoke"), follow=True).content.decode()
    assert "Revoked" in page
    assert page_of(api, "revoke") not in page
    assert api.http.get("/api/clients/users/").status_code == 401
    acts = AuditEntry.objects.filter(actor_id="staff").values_list("action", flat=True)
    assert {"credential.revoked", "admin.changed"} <= set(acts)


def test_an_operator_replaces_a_key(api):
    browser = with_role("operator")
    credentials.set_scopes(api.issued.credential, [Scope.ENROLL])
    assert browser.get(page_of(api, "rotate")).status_code == 200
    answer = browser.post(page_of(api, "rotate"), {"overlap": "3600"})
    key, secret = shown(answer)
    new = credentials.check(api_key=key, api_secret=secret)
    assert (new.client, new.scopes) == (api.client, [Scope.ENROLL])
    old = Credential.objects.get(pk=api.issued.credential.pk)
    assert old.replaced_at is not None
    assert (old.expires_at - old.replaced_at).total_seconds() == pytest.approx(3600, abs=60)
    text = browser.get(f"{LIST}{api.client.pk}/change/").content.decode()
    assert secret not in text
    assert "Replaced, in its overlap" in text
    assert AuditEntry.objects.filter(action="credential.rotated", actor_id="staff").exists()


def test_replaced_at_once_the_old_key_is_revoked(api, admin_client):
    shown(admin_client.post(page_of(api, "rotate"), {"overlap": "0"}))
    assert Credential.objects.get(pk=api.issued.credential.pk).revoked_at is not None


def test_another_overlap_is_refused_and_an_ended_key_is_not_replaced(api, admin_client):
    assert (
        "fps_" not in admin_client.post(page_of(api, "rotate"), {"overlap": "99"}).content.decode()
    )
    credentials.revoke(api.issued.credential)
    answer = admin_client.post(page_of(api, "rotate"), {"overlap": "0"}, follow=True)
    assert b"revoked or has expired" in answer.content
    assert Credential.objects.count() == 1


@pytest.mark.parametrize(
    ("rights", "refused"),
    [
        (["view_client", "view_credential"], ["revoke", "rotate"]),
        (["view_client", "view_credential", "change_credential"], ["rotate"]),
        (["change_credential", "add_credential"], ["revoke", "rotate"]),
    ],
)
def test_pages_without_their_permissions(api, rights, refused):
    browser = staff(*rights)
    if "view_client" in rights:
        page = browser.get(f"{LIST}{api.client.pk}/change/").content.decode()
        assert api.issued.credential.api_key in page
        assert not [name for name in refused if page_of(api, name) in page]
    for name in refused:
        assert browser.get(page_of(api, name)).status_code == 403
        assert browser.post(page_of(api, name), {"overlap": "0"}).status_code == 403
    assert Credential.objects.get().revoked_at is None


@pytest.mark.parametrize("name", ["revoke", "rotate"])
def test_a_key_of_another_client(api, other, admin_client, name):
    page = page_of(api, name, other.issued.credential)
    assert admin_client.post(page, {"overlap": "0"}).status_code == 404
    assert not Credential.objects.exclude(revoked_at=None).exists()


def test_a_key_revoked_while_its_form_was_open_stays_revoked(api, admin_client, monkeypatch):
    """The form's copy of the key has no revocation."""
    form = {
        "name": api.client.name,
        "is_active": "on",
        "tier": "standard",
        "time_zone": "UTC",
        "credentials-TOTAL_FORMS": "1",
        "credentials-INITIAL_FORMS": "1",
        "credentials-0-id": str(api.issued.credential.pk),
        "credentials-0-client": str(api.client.pk),
        "credentials-0-name": "gate",
        "credentials-0-scopes": [str(scope) for scope in Scope],
    }
    save = Credential.save

    def revoked_before(credential, **options):
        Credential.objects.update(revoked_at=credential.created_at)
        save(credential, **options)

    monkeypatch.setattr(Credential, "save", revoked_before)
    page = f"{LIST}{api.client.pk}/change/"
    assert admin_client.post(page, form).status_code == 302
    key = Credential.objects.get()
    assert key.name == "gate"
    assert key.revoked_at is not None
