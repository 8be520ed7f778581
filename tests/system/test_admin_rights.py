"""Each page and action of the admin requires a permission. All registered models are tried.

The accounts are staff that may view everything, and staff that may view and change everything. A
new action of a model is found automatically, and fails unless it requires a permission.
"""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.test import Client as Browser

from audit.models import AuditEntry

pytestmark = pytest.mark.django_db
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
ACCOUNTS = {"view": {"view"}, "view+change": {"view", "change"}}
ACTIONS = [
    (model, name, set(getattr(action, "allowed_permissions", ())))
    for model in MODELS
    for action, name, _ in admin.site._registry[model]._get_base_actions()  # type: ignore[attr-defined]
]
REFUSED = [
    pytest.param(verbs, model, name, id=f"{account}-{model._meta.label}-{name}")
    for account, verbs in ACCOUNTS.items()
    for model, name, permissions in ACTIONS
    if not permissions or permissions - verbs
]


def staff_who_may(verbs: set[str]) -> Browser:
    user = User.objects.create_user("staff", password="a password for tests", is_staff=True)
    permissions = Permission.objects.filter(codename__regex=rf"^({'|'.join(verbs)})_")
    user.user_permissions.set(permissions)
    browser = Browser()
    browser.force_login(user)
    return browser


def database() -> dict[str, list[str]]:
    """Return all rows of all tables but the admin's sessions and the audit log."""
    return {
        model._meta.label: sorted(map(repr, model._default_manager.values_list()))
        for model in apps.get_models()
        if model not in {Session, AuditEntry}  # reading is recorded
    }


def address(model, page: str = "") -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/{page}"


def run(browser: Browser, model, action: str):
    """Select all rows, choose the action, and confirm it if necessary."""
    selected = list(model._default_manager.values_list("pk", flat=True))
    assert selected, f"The fixture has no row of {model._meta.label}"
    form = {"action": action, "_selected_action": selected, "index": "0", "post": "yes"}
    return browser.post(address(model), form, follow=True)


@pytest.mark.parametrize(("model", "name", "permissions"), ACTIONS)
def test_every_action_names_its_permission(model, name, permissions):
    assert permissions, f"{name} asks for no permission"


@pytest.mark.parametrize(("verbs", "model", "name"), REFUSED)
def test_an_action_without_its_permission_does_nothing(rows, verbs, model, name):
    browser = staff_who_may(verbs)
    before = database()
    assert run(browser, model, name).status_code == 200
    assert database() == before


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
@pytest.mark.parametrize("verbs", ACCOUNTS.values(), ids=ACCOUNTS)
def test_a_page_without_its_permission_is_refused(rows, model, verbs):
    browser = staff_who_may(verbs)
    row = model._default_manager.order_by("pk").values_list("pk", flat=True)[0]
    before = database()
    assert browser.get(address(model)).status_code == 200
    for verb in {"add", "change", "delete"} - verbs:
        page = "add/" if verb == "add" else f"{row}/{verb}/"
        assert browser.post(address(model, page), {"post": "yes"}).status_code == 403
    assert database() == before


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_staff_without_permissions_sees_nothing(rows, model):
    assert staff_who_may(set()).get(address(model)).status_code == 403


@pytest.mark.parametrize(
    "page",
    [
        "system/adminaccount/{}/change/",
        "system/adminaccount/{}/password/",
        "system/adminaccount/add/",
    ],
)
def test_nobody_makes_himself_a_superuser(rows, page):
    User.objects.create_superuser("root", password="a password for tests")
    browser = staff_who_may({"view", "add", "change", "delete"})
    before = database()
    for account in User.objects.all():
        address = f"/admin/{page.format(account.pk)}"
        form = {"username": account.username, "is_staff": "on", "is_superuser": "on"}
        passwords = {"password1": "another one 4711", "password2": "another one 4711"}
        assert browser.post(address, form | passwords).status_code == 403
    assert database() == before


def test_a_superuser_makes_accounts(db):
    browser = Browser()
    browser.force_login(User.objects.create_superuser("root", password="a password for tests"))
    passwords = {"password1": "another one 4711", "password2": "another one 4711"}
    form = {"username": "new", "usable_password": "true", **passwords}
    assert browser.post("/admin/system/adminaccount/add/", form).status_code == 302
    assert User.objects.get(username="new").check_password("another one 4711")


HIDDEN = [
    pytest.param(model, field.name, suffix, id=f"{model._meta.label}-{field.name}-{suffix}")
    for model in MODELS
    for field in model._meta.concrete_fields
    for suffix in ("startswith", "regex", "contains")
]


@pytest.mark.parametrize(("model", "field", "suffix"), HIDDEN)
def test_no_field_is_searched_by_the_address(admin_client, model, field, suffix):
    """It would reveal hidden values letter by letter, and some expressions never end."""
    options = model._meta
    address = f"/admin/{options.app_label}/{options.model_name}/?{field}__{suffix}=a"
    assert admin_client.get(address).status_code == 400


@pytest.mark.parametrize("model", MODELS)
def test_the_filters_of_a_list_are_its_own(rows, admin_client, model):
    """Every filter that a page offers works."""
    options = model._meta
    address = f"/admin/{options.app_label}/{options.model_name}/"
    page = admin_client.get(address).content.decode()
    offered = set(re.findall(r'href="(\?[^"#]+)"', page))
    for query in offered:
        assert admin_client.get(address + query.replace("&amp;", "&")).status_code == 200, query
