"""The deletion of a client in the admin: refused from then on, deleted in pieces, with all it
has."""

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client as Browser

from audit.models import AuditEntry
from clients import deletion
from clients.models import Client, Subject
from faceplatform import housekeeping
from tests.stage import problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    browser = Browser()
    browser.force_login(User.objects.create_superuser("root", password="a password for tests"))
    return browser


def delete(admin: Browser, client: Client) -> str:
    """Delete a client in the admin; return the page that follows."""
    page = f"/admin/clients/client/{client.pk}/delete/"
    assert "protected" not in admin.get(page).content.decode()
    form = {"post": "yes", "typed_name": client.name}
    return admin.post(page, form, follow=True).content.decode()


def rows() -> int:
    """Return the number of rows of all tables that belong to clients."""
    labels = (
        "clients",
        "enrollment",
        "authentication",
        "imports",
        "legacy",
        "analytics",
        "webhooks",
    )
    models = [model for label in labels for model in apps.get_app_config(label).get_models()]
    return sum(model._base_manager.count() for model in models)


def test_it_is_refused_at_once_and_gone_after_housekeeping(api, stage, admin):
    api.enroll(stage, "alice")
    token = api.enrollment_token("bob")
    assert "is being deleted" in delete(admin, api.client)
    problem(api.post_frame(token, stage.frame()), 401, "authentication_failed")
    assert api.client.name in admin.get("/admin/clients/client/").content.decode()
    housekeeping.clean_up()
    assert rows() == 0
    assert not AuditEntry.objects.exclude(client=None).exists()


def test_no_step_deletes_more_than_its_share(api, stage, admin):
    for user in ("alice", "bob"):
        api.enroll(stage, user)
        api.verify(stage.frame(user), user)
    delete(admin, api.client)
    left, steps = rows(), 0
    while deletion.delete_next(limit=2):
        assert left - rows() <= 2
        left, steps = rows(), steps + 1
    # The audit log's own clean-up seals and removes its entries before the client goes.
    assert (left, steps > 10) == (1, True)
    housekeeping.clean_up()
    assert rows() == 0


def test_another_client_keeps_all_it_has(api, other, stage, admin):
    other.enroll(stage, "alice")
    kept = rows()
    api.enroll(stage, "bob")
    delete(admin, api.client)
    housekeeping.clean_up()
    # Two rows of figures are counted by housekeeping.
    assert rows() >= kept - 1
    assert Subject.objects.get().client == other.client
    other.verify(stage.frame("alice"))


def test_nobody_activates_it_again(api, admin):
    delete(admin, api.client)
    page = f"/admin/clients/client/{api.client.pk}/change/"
    assert admin.get(page).status_code == 200
    assert admin.post(page, {"name": "acme", "is_active": "on"}).status_code == 403
    assert not Client.objects.get().is_active
