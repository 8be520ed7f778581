"""Django's admin opens for superusers, and never shows biometric data."""

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser

from authentication.models import AuthenticationSession
from clients.models import Client, Credential
from enrollment.models import EnrollmentSession, FaceTemplate
from faceplatform.api.scopes import Scope
from faceplatform.engine import registry
from faceplatform.engine.testing import FakeEngine

pytestmark = pytest.mark.django_db
LISTS = [
    "clients/client",
    "clients/subject",
    "enrollment/enrollmentsession",
    "enrollment/facetemplate",
    "authentication/authenticationsession",
]


@pytest.fixture
def admin(db):
    browser = Browser()
    browser.force_login(User.objects.create_superuser("root", password="a password for tests"))
    return browser


@pytest.fixture
def enrolled(api, stage):
    """Create a client with a row in every table that the admin shows."""
    api.enroll(stage, "alice")
    api.verify(stage.frame("alice"))
    return api


@pytest.mark.parametrize("page", LISTS)
def test_lists_and_rows_open(admin, enrolled, page):
    answer = admin.get(f"/admin/{page}/")
    assert answer.status_code == 200
    models = [Client, EnrollmentSession, FaceTemplate, AuthenticationSession]
    model = next((m for m in models if page.endswith(m._meta.model_name)), None)
    row = (model or enrolled.client.subjects.model).objects.get()
    assert admin.get(f"/admin/{page}/{row.pk}/change/").status_code == 200
    assert admin.get(f"/admin/{page}/?q=alice").status_code == 200


@pytest.mark.parametrize("page", LISTS)
def test_staff_without_permission_sees_nothing(enrolled, page):
    browser = Browser()
    browser.force_login(User.objects.create_user("staff", password="x", is_staff=True))
    assert browser.get(f"/admin/{page}/").status_code == 403


def test_saving_a_client_again_issues_nothing(admin, api):
    form = {
        "name": "renamed",
        "is_active": "on",
        "tier": "standard",
        "time_zone": "UTC",
        "credentials-TOTAL_FORMS": "1",
        "credentials-INITIAL_FORMS": "1",
        "credentials-0-id": str(api.issued.credential.pk),
        "credentials-0-client": str(api.client.pk),
        "credentials-0-scopes": [str(scope) for scope in Scope],
    }
    page = f"/admin/clients/client/{api.client.pk}/change/"
    text = admin.post(page, form, follow=True).content.decode()
    assert Client.objects.get().name == "renamed"
    assert "fps_" not in text
    assert Credential.objects.count() == 1


def test_secret_digests_are_not_shown(admin, api):
    text = admin.get(f"/admin/clients/client/{api.client.pk}/change/").content.decode()
    assert api.issued.credential.api_key in text
    assert api.issued.credential.secret_digest not in text


def test_templates_never_show_their_vector(admin, enrolled):
    template = FaceTemplate.objects.get()
    text = admin.get(f"/admin/enrollment/facetemplate/{template.pk}/change/").content.decode()
    assert "vector" not in text.lower()
    assert bytes(template.vector).hex() not in text
    assert str(bytes(template.vector)) not in text


@pytest.mark.parametrize(
    ("page", "model"),
    [
        ("enrollment/enrollmentsession", EnrollmentSession),
        ("authentication/authenticationsession", AuthenticationSession),
    ],
)
def test_sessions_never_show_their_tokens_hash(admin, enrolled, page, model):
    session = model.objects.get()
    for url in (f"/admin/{page}/", f"/admin/{page}/{session.pk}/change/"):
        assert session.token_digest not in admin.get(url).content.decode()


@pytest.mark.parametrize("page", LISTS[1:])
def test_what_only_the_product_writes_cannot_be_added(admin, page):
    assert admin.get(f"/admin/{page}/add/").status_code == 403


def test_a_template_deleted_here_is_never_found_again(admin, enrolled, stage):
    assert enrolled.identify(stage.frame("alice"))["result"] == "success"
    template = FaceTemplate.objects.get()
    page = f"/admin/enrollment/facetemplate/{template.pk}/delete/"
    assert admin.post(page, {"post": "yes"}).status_code == 302
    assert enrolled.identify(stage.frame("alice"))["result"] is None
    assert enrolled.open_authentication("alice").json()["code"] == "user_not_enrolled"


def test_a_policy_that_can_never_work_is_warned_of(admin_client, api, stage):
    registry.set_engine(FakeEngine(has_liveness=False))
    fields = {
        "name": "acme",
        "is_active": "on",
        "policy__liveness": "passive",
        "tier": "standard",
        "time_zone": "UTC",
    }
    inline = {"credentials-TOTAL_FORMS": "0", "credentials-INITIAL_FORMS": "0"}
    address = f"/admin/clients/client/{api.client.pk}/change/"
    page = admin_client.post(address, fields | inline, follow=True).content.decode()
    assert "No session will open" in page
    api.client.refresh_from_db()
    assert api.client.capture_policy.liveness == "passive"
