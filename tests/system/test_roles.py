"""The rights of each role of staff, by requests to every page and action of the admin."""

from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from analytics.models import AlertRecord
from audit.models import AuditEntry
from authentication.models import AuthenticationSession
from clients.models import Client, Subject, SubjectGroup
from faceplatform.system.roles import PERMISSIONS, Role
from tests.system.test_admin_rights import MODELS, address, run
from webhooks.models import Endpoint

pytestmark = pytest.mark.django_db
EVERYBODY = "viewer operator security-officer"
# By model: the roles that may see its list and rows, add one, change one by a form, and delete one.
PAGES = {
    "analytics.AlertRecord": (EVERYBODY, "", "", ""),
    "audit.AuditEntry": ("security-officer", "", "", ""),
    "audit.SecurityEvent": ("security-officer", "", "", ""),
    "authentication.AuthenticationSession": (EVERYBODY, "", "", ""),
    "capture.CaptureLook": (EVERYBODY, "", "", "operator"),
    "clients.AddressAttempts": (EVERYBODY, "", "", "operator"),
    "clients.Client": (EVERYBODY, "operator", "operator", ""),
    "clients.ErasureReceipt": (EVERYBODY, "", "", ""),
    "clients.Subject": (EVERYBODY, "", "operator", "security-officer"),
    "clients.SubjectGroup": (EVERYBODY, "", "", "operator"),
    "enrollment.EnrollmentSession": (EVERYBODY, "", "", ""),
    "enrollment.FaceTemplate": (EVERYBODY, "", "", "security-officer"),
    "imports.ImportJob": (EVERYBODY, "", "", ""),
    "legacy.GalleryMember": (EVERYBODY, "", "", "security-officer"),
    "legacy.LegacyAccount": (EVERYBODY, "", "", "security-officer"),
    "system.AdminAccount": ("security-officer", "", "", ""),
    "system.AdminRole": ("security-officer", "", "", ""),
    "webhooks.Delivery": (EVERYBODY, "", "", ""),
    "webhooks.Endpoint": (EVERYBODY, "", "", "operator"),
}
# By action, but for the one that deletes.
ACTIONS = {
    ("analytics.AlertRecord", "resolve"): "security-officer",
    ("clients.AddressAttempts", "unlock"): "operator",
    ("clients.Client", "issue_credential"): "operator",
    ("clients.Subject", "unlock"): "operator",
    ("webhooks.Delivery", "retry"): "operator",
    ("webhooks.Endpoint", "pause"): "operator",
    ("webhooks.Endpoint", "resume"): "operator",
}
ROLES = pytest.mark.parametrize("role", list(Role))


def staff(role: str) -> Browser:
    account = User.objects.create_user(role, password="a password for tests", is_staff=True)
    account.groups.add(Group.objects.get(name=role))
    browser = Browser()
    browser.force_login(account)
    return browser


def has_form(browser: Browser, page: str) -> bool:
    """Return True if the page has a button that saves."""
    answer = browser.get(page)
    assert answer.status_code in {200, 403}
    return answer.status_code == 200 and b'name="_save"' in answer.content


def test_the_tables_name_every_page_and_action():
    assert set(PAGES) == {model._meta.label for model in MODELS}
    assert set(ACTIONS) == {
        (model._meta.label, name)
        for model in MODELS
        for _, name, _ in admin.site._registry[model]._get_base_actions()
        if name != "delete_selected"
    }


@ROLES
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_pages(rows, role, model):
    browser = staff(role)
    see, add, change, delete = (role in roles.split() for roles in PAGES[model._meta.label])
    row = model._default_manager.order_by("pk").values_list("pk", flat=True)[0]
    for page in ("", f"{row}/change/", f"{row}/history/"):
        assert browser.get(address(model, page)).status_code == (200 if see else 403), page
    assert has_form(browser, address(model, "add/")) == add
    assert has_form(browser, address(model, f"{row}/change/")) == change
    page = browser.get(address(model, f"{row}/delete/"))
    assert page.status_code == (200 if delete else 403)
    assert not delete or b"Are you sure" in page.content


@ROLES
@pytest.mark.parametrize(("label", "name"), ACTIONS)
def test_actions(rows, role, label, name):
    """An action that is not allowed is not offered, and does nothing if it is posted."""
    browser, model = staff(role), apps.get_model(label)
    told = AuditEntry.objects.filter(action="admin.changed", object_type=model._meta.label_lower)
    before = told.count()
    allowed = role in ACTIONS[label, name].split()
    offered = f'<option value="{name}">' in browser.get(address(model)).content.decode()
    assert offered == allowed
    run(browser, model, name)
    assert (told.count() > before) == allowed


@ROLES
def test_who_erases_a_user(rows, role):
    subject = Subject.objects.get()
    staff(role).post(address(Subject, f"{subject.pk}/delete/"), {"post": "yes"})
    assert Subject.objects.exists() == (role != Role.SECURITY_OFFICER)
    assert AuthenticationSession.objects.exists() == (role != Role.SECURITY_OFFICER)


@ROLES
def test_who_deletes_a_group_and_an_endpoint(rows, role):
    browser = staff(role)
    for model in (SubjectGroup, Endpoint):
        run(browser, model, "delete_selected")
    left = role != Role.OPERATOR
    assert SubjectGroup.objects.exists() == left
    assert Endpoint.objects.exclude(state="deleted").exists() == left


@ROLES
def test_no_role_deletes_a_client_or_a_decision(rows, role):
    browser = staff(role)
    for model in (Client, AuthenticationSession):
        run(browser, model, "delete_selected")
        assert model.objects.exists()


def test_an_officer_resolves_an_alert_and_it_is_told(rows):
    run(staff("security-officer"), AlertRecord, "resolve")
    alert = AlertRecord.objects.get()
    assert (alert.is_resolved, alert.resolved_by) == (True, None)
    entry = AuditEntry.objects.get(object_type="analytics.alertrecord", action="admin.changed")
    assert (entry.actor_id, entry.client_id) == ("security-officer", alert.client_id)


# Groups ----------------------------------------------------------------------------------


def granted(role: Role) -> set[str]:
    pairs = Group.objects.get(name=role).permissions.values_list(
        "content_type__app_label", "codename"
    )
    return {".".join(pair) for pair in pairs}


@ROLES
def test_every_permission_exists_and_is_granted(db, role):
    assert granted(role) == PERMISSIONS[role]


def test_a_migrate_restores_the_rights_of_a_role(db):
    group = Group.objects.get(name="viewer")
    group.permissions.set(Group.objects.get(name="operator").permissions.all())
    call_command("migrate", verbosity=0)
    assert granted(Role.VIEWER) == PERMISSIONS[Role.VIEWER]


def test_a_group_of_that_name_from_before_gets_no_rights(db):
    migration = import_module("faceplatform.system.migrations.0002_staff_roles")
    assert list(migration.NAMES) == [role.value for role in Role]
    account = User.objects.create_user("old", is_staff=True)
    Group.objects.filter(name="operator").delete()
    account.groups.add(Group.objects.create(name="operator"))
    migration.make(apps, FakeEditor)
    assert [group.name for group in account.groups.all()] == ["operator (before roles)"]
    assert not account.has_perm("clients.change_client")
    assert Group.objects.filter(name="operator").count() == 1


class FakeEditor:
    class connection:  # noqa: N801
        alias = "default"


@pytest.mark.django_db(transaction=True)
def test_the_migration_goes_back_and_forth():
    call_command("migrate", "system", "0001", verbosity=0)
    assert not Group.objects.exists()
    call_command("migrate", verbosity=0)
    assert {role: granted(role) for role in Role} == PERMISSIONS


# Command ---------------------------------------------------------------------------------


@ROLES
def test_an_account_is_created_with_a_role(db, role):
    out = StringIO()
    call_command("create_staff", "ada", "--role", role.value, stdout=out)
    account = User.objects.get(username="ada")
    assert (account.is_staff, account.is_superuser) == (True, False)
    assert [group.name for group in account.groups.all()] == [role.value]
    password = out.getvalue().split("password")[1].split()[0]
    form = {"username": "ada", "password": password}
    assert Browser().post("/admin/login/?next=/admin/", form).status_code == 302


@pytest.mark.parametrize("name", ["ada", "", "a b", "x" * 151])
def test_names_that_no_account_can_have(db, name):
    User.objects.create_user("ada")
    with pytest.raises(CommandError):
        call_command("create_staff", name, "--role", "viewer")
    assert User.objects.count() == 1


def test_an_officer_returns_to_the_list_after_an_erasure(rows):
    """A list that the account may see, although it may not change its rows."""
    user = Subject.objects.get()
    browser = staff("security-officer")
    answer = browser.post(f"/admin/clients/subject/{user.pk}/delete/", {"post": "yes"})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/clients/subject/")
    assert not Subject.objects.exists()
