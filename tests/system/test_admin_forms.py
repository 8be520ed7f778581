"""Forms of the admin: each page can be sent back as it was read, within bounds of its own."""

from urllib.parse import urlencode

import pytest
from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.test import Client as Browser

from audit.models import AuditEntry
from clients.models import Client, Subject
from tests.html_forms import form_of, send
from tests.system.test_admin_rights import MODELS, address, database

pytestmark = pytest.mark.django_db
MOST = 1_000
EDITABLE = {
    "operator": {"clients.Client", "clients.Subject"},
    "superuser": {"clients.Client", "clients.Subject", "system.AdminAccount", "system.AdminRole"},
}


def staff(role: str) -> Browser:
    """Return the browser of an account of a role; of a superuser for "superuser"."""
    account = User.objects.create_user("staff", password="a password for tests", is_staff=True)
    account.is_superuser = role == "superuser"
    account.save(update_fields=["is_superuser"])
    account.groups.set(Group.objects.filter(name=role))
    browser = Browser()
    browser.force_login(account)
    return browser


def form_at(browser: Browser, page: str, model):
    return form_of(browser.get(page), f"{model._meta.model_name}_form")


def told() -> dict[str, list[str]]:
    """Return all rows but the admin's own log of the change."""
    return {name: rows for name, rows in database().items() if name != LogEntry._meta.label}


@pytest.mark.parametrize(
    ("role", "model"),
    [
        pytest.param(role, model, id=f"{model._meta.label}-{role}")
        for role, labels in EDITABLE.items()
        for model in MODELS
        if model._meta.label in labels
    ],
)
def test_a_form_that_is_sent_back_as_it_was_read_changes_nothing(rows, api, role, model):
    Client.objects.update(
        policy={"probe_frames": 3},
        allowed_origins=["https://shop.example"],
        limits={"users": 5},
    )
    Subject.objects.update(metadata={"plan": ["gold"]}, consent_source="app")
    browser = staff(role)
    row = model._default_manager.order_by("pk").first()
    page = address(model, f"{row.pk}/change/")
    form = form_at(browser, page, model)
    before = told()
    answer = send(browser, page, [*form.pairs, ("_save", "Save")])
    assert answer.status_code == 302, answer.content.decode()
    assert told() == before


@pytest.mark.parametrize("role", EDITABLE)
def test_the_forms_that_can_be_sent_back(rows, role):
    """All of them are sent back above."""
    browser = staff(role)
    found = set()
    for model in MODELS:
        row = model._default_manager.order_by("pk").first()
        answer = browser.get(address(model, f"{row.pk}/change/"))
        if answer.status_code == 200:
            form = form_of(answer, f"{model._meta.model_name}_form")
            found |= {model._meta.label} if "_save" in form.buttons else set()
    assert found == EDITABLE[role]


def test_a_role_with_every_permission_is_saved(rows):
    browser, role = staff("superuser"), Group.objects.get(name="viewer")
    keys = list(Permission.objects.values_list("pk", flat=True))
    pairs = [("name", "viewer"), *(("permissions", str(key)) for key in keys)]
    assert send(browser, f"/admin/system/adminrole/{role.pk}/change/", pairs).status_code == 302
    assert role.permissions.count() == len(keys) > 100


def test_an_action_takes_a_page_of_rows(api):
    users = [Subject.objects.create(client=api.client, user_id=f"{n}") for n in range(100)]
    pairs = [("action", "unlock"), ("index", "0")]
    pairs += [("_selected_action", str(user.pk)) for user in users]
    assert send(staff("operator"), address(Subject), pairs).status_code == 302
    assert AuditEntry.objects.filter(action="user.unlocked").count() == 100


@pytest.mark.parametrize(("number", "status"), [(MOST, 302), (MOST + 1, 400)])
def test_the_bound_of_staff(api, number, status):
    answer = send(staff("operator"), address(Subject), [("index", "0")] * number)
    assert answer.status_code == status
    if status == 400:
        assert answer["Content-Type"].startswith("text/html")
        assert b"more than 1,000 fields" in answer.content


def test_strangers_have_the_bound_of_the_api(db):
    answer = send(Browser(), "/admin/login/", [("username", "a")] * 51)
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("text/html")
    assert b"more than 50 fields" in answer.content


def test_staff_has_it_elsewhere(api):
    assert send(staff("superuser"), "/try/", [("a", "b")] * 51).status_code >= 400


def test_a_form_is_checked_for_its_token_whatever_its_size(api):
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(User.objects.create_superuser("root", password="a password for tests"))
    body = urlencode([("index", "0")] * 60)
    answer = browser.post(address(Subject), body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 403


def test_a_long_form_is_refused_by_a_page(api):
    answer = send(staff("operator"), address(Subject), [("index", "0" * 70_000)])
    assert answer.status_code == 413
    assert answer["Content-Type"].startswith("text/html")


def test_a_role_that_may_not_gets_a_page(api):
    answer = staff("viewer").get("/admin/clients/client/add/")
    assert answer.status_code == 403
    assert b'class="eyebrow"' in answer.content
    assert b"Your account may not" in answer.content


# JSON ------------------------------------------------------------------------------------

BAD = {
    "deep": "[" * 900,
    "deep and closed": "[" * 40 + "]" * 40,
    "long": "[" + "1," * 9_000 + "1]",
    "no number": "NaN",
    "half of a pair": '["\\ud800"]',
    "twice": '{"a": 1, "a": 2}',
    "no JSON": "{",
}


def json_fields(browser: Browser, page: str) -> list[str]:
    form = browser.get(page).context["adminform"].form
    return [name for name, field in form.fields.items() if isinstance(field, forms.JSONField)]


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
@pytest.mark.parametrize("page", ["add", "change", "user"])
def test_json_is_bounded_in_every_form(api, page, text):
    browser = staff("superuser")
    user = Subject.objects.create(client=api.client, user_id="alice")
    place, model = {
        "add": (address(Client, "add/"), Client),
        "change": (address(Client, f"{api.client.pk}/change/"), Client),
        "user": (address(Subject, f"{user.pk}/change/"), Subject),
    }[page]
    names = json_fields(browser, place)
    assert names
    form = form_at(browser, place, model)
    before = told()
    for name in names:
        pairs = [pair for pair in form.pairs if pair[0] != name]
        answer = send(browser, place, [*pairs, (name, text)])
        assert answer.status_code == 200
        assert answer.context["adminform"].form.errors[name]
    assert told() == before


@pytest.mark.parametrize(
    "text", ["[1]", "7", '{"a": "%s"}' % ("x" * 4096), '{"a": 1%s}' % ("0" * 30)]
)
def test_metadata_has_the_bounds_of_the_api(api, text):
    browser, user = staff("operator"), Subject.objects.create(client=api.client, user_id="alice")
    place = address(Subject, f"{user.pk}/change/")
    pairs = [pair for pair in form_at(browser, place, Subject).pairs if pair[0] != "metadata"]
    answer = send(browser, place, [*pairs, ("metadata", text)])
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors["metadata"]


# Limits ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["operator", "superuser"])
def test_staff_sets_tier_and_limits(api, role):
    browser, place = staff(role), address(Client, f"{api.client.pk}/change/")
    changed = {"tier": "trial", "limits": '{"users": 5}'}
    pairs = [pair for pair in form_at(browser, place, Client).pairs if pair[0] not in changed]
    assert send(browser, place, [*pairs, *changed.items()]).status_code == 302
    api.client.refresh_from_db()
    in_force = api.client.limits_in_force
    assert (in_force.users, in_force.calls_per_minute) == (5, 300)
    entry = AuditEntry.objects.get(action="client.changed")
    assert "limits" in entry.changes + entry.facts
    answer = send(browser, place, [*pairs, ("tier", "trial"), ("limits", '{"users": -1}')])
    assert b"users: Input should be greater than" in answer.content


def test_the_limits_in_force_are_shown(api):
    Client.objects.update(tier="large", limits={"users": 7})
    page = staff("viewer").get(address(Client, f"{api.client.pk}/change/")).content.decode()
    shown = page.split("field-limits_in_force")[1]
    assert "12000" in shown
    assert "<strong>7</strong>" in shown
