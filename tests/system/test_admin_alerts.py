"""Security alerts in the admin: named, and resolved with a note on their page."""

import pytest
from django.utils import timezone

from analytics.models import AlertRecord
from audit.models import AuditEntry
from clients.models import Subject
from faceplatform import events
from tests.html_forms import form_of, send
from tests.system.test_admin_forms import staff
from tests.system.test_admin_rights import address

pytestmark = pytest.mark.django_db
LIST = "/api/analytics/security-alerts/"


@pytest.fixture
def alert(api) -> AlertRecord:
    """Raise an alert about a key and a user."""
    api.issued.credential.name = "Gate"
    api.issued.credential.save(update_fields=["name"])
    user = Subject.objects.create(client=api.client, user_id="alice")
    events.publish(
        events.SecurityAlert(
            client_id=api.client.pk,
            subject_id=user.pk,
            at=timezone.now(),
            alert="refresh_token_reused",
            detail={"credential_id": str(api.issued.credential.public_id)},
        )
    )
    return AlertRecord.objects.get()


def page_of(alert: AlertRecord, page: str = "change") -> str:
    return address(AlertRecord, f"{alert.pk}/{page}/")


def test_an_alert_names_its_key_and_user(api, alert):
    page = staff("security-officer").get(page_of(alert)).content.decode()
    assert f"{api.issued.credential.api_key} (Gate)</a>" in page
    assert f'href="/admin/clients/client/{api.client.pk}/change/"' in page
    assert f'href="/admin/clients/subject/{alert.subject_id}/change/">alice</a>' in page


def test_an_officer_resolves_it_with_a_note(api, alert):
    browser = staff("security-officer")
    page = browser.get(page_of(alert))
    assert f'formaction="{page_of(alert, "resolve")}"' in page.content.decode()
    pairs = [
        (name, "Our load test." if name == "note" else value)
        for name, value in form_of(page, "alertrecord_form").pairs
    ]
    assert ("note", "Our load test.") in pairs
    answer = send(browser, page_of(alert, "resolve"), pairs)
    assert (answer.status_code, answer["Location"]) == (302, page_of(alert))
    told = api.http.get(f"{LIST}{alert.public_id}/").json()
    assert told["is_resolved"]
    assert (told["resolved_by"], told["note"]) == ("operator", "Our load test.")
    after = browser.get(page_of(alert)).content.decode()
    assert "Our load test." in after
    assert "formaction" not in after
    assert AuditEntry.objects.filter(action="security.alert_resolved", actor_id="staff").exists()
    again = browser.post(page_of(alert, "resolve"), {"note": "Again."}, follow=True)
    assert b"resolved" in again.content
    alert.refresh_from_db()
    assert alert.note == "Our load test."


def test_a_client_that_resolved_it_is_named(api, alert):
    api.http.post(f"{LIST}{alert.public_id}/resolve/", {"note": ""}, format="json")
    page = staff("viewer").get(page_of(alert)).content.decode()
    assert "fpk_" in page.split("field-resolver")[1]


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_other_roles_do_not(alert, role):
    browser = staff(role)
    assert "formaction" not in browser.get(page_of(alert)).content.decode()
    assert browser.post(page_of(alert, "resolve"), {"note": "x"}).status_code == 403
    assert not AlertRecord.objects.get().is_resolved


def test_what_is_no_resolving(alert):
    browser = staff("security-officer")
    assert browser.get(page_of(alert, "resolve")).status_code == 405
    assert browser.post(address(AlertRecord, "999/resolve/"), {}).status_code == 404
    answer = browser.post(page_of(alert, "resolve"), {"note": "x" * 1001}, follow=True)
    assert b"at most 1000 characters" in answer.content
    assert not AlertRecord.objects.get().is_resolved
