"""The admin shows an API secret only on the page that issues it, which nothing stores."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.test import Client as Browser

from clients import credentials
from clients.models import Client, Credential

pytestmark = pytest.mark.django_db
LIST = "/admin/clients/client/"
NEW_CLIENT = {
    "name": "acme",
    "is_active": "on",
    "tier": "standard",
    "time_zone": "UTC",
    "credentials-TOTAL_FORMS": "0",
    "credentials-INITIAL_FORMS": "0",
}


@pytest.fixture
def admin(db):
    browser = Browser()
    browser.force_login(User.objects.create_superuser("root", password="a password for tests"))
    return browser


def staff(*codenames: str) -> Browser:
    """Return a browser signed in as staff with only these permissions."""
    user = User.objects.create_user("staff", password="a password for tests", is_staff=True)
    found = Permission.objects.filter(codename__in=codenames)
    assert {permission.codename for permission in found} == set(codenames)
    user.user_permissions.set(found)
    browser = Browser()
    browser.force_login(user)
    return browser


def issue(browser: Browser, *clients: Client, **options):
    selected = [str(client.pk) for client in clients]
    form = {"action": "issue_credential", "_selected_action": selected}
    return browser.post(LIST, form, **options)


def shown(answer) -> tuple[str, str]:
    """Return the only key and secret on a page."""
    text = answer.content.decode()
    (key,), (secret,) = (set(re.findall(rf"{p}_[\w-]+", text)) for p in ("fpk", "fps"))
    return key, secret


def test_a_new_client_is_answered_with_its_secret(admin):
    answer = admin.post(f"{LIST}add/", NEW_CLIENT)
    assert answer.status_code == 200
    key, secret = shown(answer)
    assert credentials.check(api_key=key, api_secret=secret).client.name == "acme"


def test_a_further_key_is_answered_with_its_secret(admin, api):
    key, secret = shown(issue(admin, api.client))
    assert credentials.check(api_key=key, api_secret=secret).client == api.client
    assert Credential.objects.count() == 2


def test_keys_for_several_clients_are_on_one_page(admin, api, other):
    text = issue(admin, api.client, other.client).content.decode()
    assert len(set(re.findall(r"fps_[\w-]+", text))) == 2
    assert all(name in text for name in (api.client.name, other.client.name))


@pytest.mark.parametrize("way", ["new", "further"])
def test_nothing_keeps_the_secret(admin, api, caplog, way):
    answer = (
        admin.post(f"{LIST}add/", NEW_CLIENT | {"name": "new"})
        if way == "new"
        else issue(admin, api.client)
    )
    _, secret = shown(answer)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert not [cookie for cookie in admin.cookies.values() if secret in cookie.output()]
    assert secret not in str([session.get_decoded() for session in Session.objects.all()])
    assert secret not in str(list(LogEntry.objects.values()))
    assert secret not in caplog.text
    for page in ("", f"{api.client.pk}/change/", f"{api.client.pk}/history/"):
        assert "fps_" not in admin.get(f"{LIST}{page}").content.decode()


def test_the_history_names_the_key_that_was_issued(admin, api):
    key, _ = shown(issue(admin, api.client))
    assert key in LogEntry.objects.get().get_change_message()
    assert key in admin.get(f"{LIST}{api.client.pk}/history/").content.decode()


def test_issuing_takes_the_permission_to_add_credentials(api):
    browser = staff("view_client", "change_client", "view_credential", "change_credential")
    assert "fps_" not in issue(browser, api.client, follow=True).content.decode()
    assert Credential.objects.count() == 1
    User.objects.get().user_permissions.add(Permission.objects.get(codename="add_credential"))
    shown(issue(browser, api.client))


def test_a_client_added_without_that_permission_has_no_key(db):
    browser = staff("view_client", "add_client")
    answer = browser.post(f"{LIST}add/", NEW_CLIENT, follow=True)
    assert "may not add credentials" in answer.content.decode()
    assert Client.objects.get().name == "acme"
    assert not Credential.objects.exists()
