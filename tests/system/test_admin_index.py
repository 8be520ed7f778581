"""The admin's index page: figures, chart, queue, alerts, endpoints and imports, by permission."""

import re
from datetime import UTC, timedelta

import pytest
import redis
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics import hour_chart, rolling
from analytics.models import AlertRecord, Outcome, SessionType
from faceplatform.engine.remote.mailbox import Admission, Look
from faceplatform.system import queue_panel
from imports.models import ImportJob, JobStatus
from tests.analytics.histories import fact
from tests.system.test_admin_pages import cells
from tests.webhooks.endpoints import endpoint_of

pytestmark = pytest.mark.django_db


def staff(*permissions: str) -> Browser:
    """Return the browser of an account with these permissions."""
    account = User.objects.create_user("staff", password="a password for tests", is_staff=True)
    for label in permissions:
        app, codename = label.split(".")
        account.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    browser = Browser()
    browser.force_login(account)
    return browser


def panels(browser: Browser) -> dict[str, str]:
    """Return the text of each panel, by its heading."""
    page = browser.get("/admin/").content.decode()
    found = re.findall(r'<section class="panel".*?<h2[^>]*>(.*?)</h2>(.*?)</section>', page, re.S)
    return {title: " ".join(re.sub(r"<[^>]*>", " ", text).split()) for title, text in found}


def figures(browser: Browser) -> dict[str, str]:
    page = browser.get("/admin/").content.decode()
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", page, re.S)
    return {label: re.sub(r"<[^>]*>", "", number).strip() for label, number in found}


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """Let it be noon, so that an hour before is the same day, and that before anybody signs in.
    Return the time."""
    noon = timezone.now().astimezone(UTC).replace(hour=12, minute=0)
    monkeypatch.setattr(timezone, "now", lambda: noon)
    return noon


@pytest.fixture
def day(api, other, today):
    """Sessions of two clients: today, last night and two days ago; an alert, an import, an endpoint
    that fails."""
    for client, hours, session_type, outcome in (
        (api.client, 1, SessionType.ENROLLMENT, Outcome.SUCCESS),
        (other.client, 1, SessionType.ENROLLMENT, Outcome.SUCCESS),
        (api.client, 2, SessionType.ENROLLMENT, Outcome.FAILURE),
        (api.client, 2, SessionType.VERIFICATION, Outcome.SUCCESS),
        (api.client, 2, SessionType.VERIFICATION, Outcome.FAILURE),
        (other.client, 3, SessionType.IDENTIFICATION, Outcome.SUCCESS),
        (other.client, 3, SessionType.IDENTIFICATION, Outcome.EXPIRED),
        (api.client, 14, SessionType.VERIFICATION, Outcome.FAILURE),
        (api.client, 48, SessionType.VERIFICATION, Outcome.FAILURE),
    ):
        ended = today - timedelta(hours=hours)
        fact(client, session_type=session_type, outcome=outcome, ended_at=ended).save()
    rolling.roll_up(limit=100)
    api.open_authentication()
    AlertRecord.objects.create(client=api.client, alert="user_locked", raised_at=today)
    AlertRecord.objects.create(
        client=api.client, alert="refresh_token_reused", raised_at=today, is_resolved=True
    )
    ImportJob.objects.create(client=api.client, status=JobStatus.RUNNING, total=7)
    endpoint = endpoint_of(api)
    endpoint.failing_since = today
    endpoint.save(update_fields=["failing_since"])


def test_figures_of_today(admin_client, day):
    assert figures(admin_client) == {
        "Open enrollments": "0",
        "Enrolled": "2",
        "Enrollments refused": "1",
        "Enrollments given up": "0",
        "Open authentications": "1",
        "Verified": "1",
        "Identified": "1",
        "Authentications refused": "1",
        "Authentications given up": "1",
        "Frames received": "14",
        "Frames accepted": "7",
    }


def test_sandboxes_are_in_no_figure(admin_client, day, make_api, today):
    before = panels(admin_client)
    sandbox = make_api("sandbox", is_sandbox=True)
    sandbox.enrollment_token("ada")
    fact(sandbox.client, model_key="sandbox/1/none", ended_at=today).save()
    assert panels(admin_client) == before  # while it is not added yet, too
    rolling.roll_up(limit=100)
    assert panels(admin_client) == before
    shown = cells(admin_client.get("/admin/enrollment/enrollmentsession/"), "origin")
    assert shown == ["api, by api, sandbox"]


def test_ended_sessions_that_are_not_added_yet_are_told(admin_client, api, today):
    assert "not in them yet" not in panels(admin_client)["Today"]
    fact(api.client, ended_at=today).save()
    assert "not in them yet: 1" in panels(admin_client)["Today"]


def test_the_last_24_hours_as_chart_and_table(admin_client, day):
    page = admin_client.get("/admin/").content.decode()
    assert len(re.findall(r'<rect class="succeeded" x="\d+"', page)) == 3  # one an hour
    rows = re.findall(r'<th scope="row">\w+ (\d\d:00)</th>((?:<td>\d+</td>)+)', page)
    assert len(rows) == 24
    numbers = {hour: [int(n) for n in re.findall(r"\d+", cells)] for hour, cells in rows}
    assert {hour: row for hour, row in numbers.items() if any(row)} == {
        "22:00": [0, 1, 0, 1],
        "09:00": [1, 0, 1, 2],
        "10:00": [1, 2, 0, 3],
        "11:00": [2, 0, 0, 2],
    }
    assert rows[-1][0] == "12:00"
    assert 'role="img" aria-labelledby="hours-title hours-text"' in page
    assert "8 in all; 3 in the busiest hour, which began at 10:00 UTC" in page


@pytest.mark.parametrize(
    ("busiest", "lines"), [(0, [0, 1, 2]), (1, [0, 1, 2]), (9, [0, 5, 10]), (301, [0, 200, 400])]
)
def test_the_scale_of_the_chart(busiest, lines):
    last = timezone.now().replace(minute=0, second=0, microsecond=0)
    chart = hour_chart.draw([(last, "success", busiest)], last=last)
    assert [number for number, _ in chart.lines] == lines
    heights = [part.height for part in chart.bars[-1].parts]
    assert heights == [round(hour_chart.HEIGHT * busiest / lines[-1]), 0, 0]


def test_alerts_endpoints_and_imports(admin_client, day, api):
    shown = panels(admin_client)
    assert shown["Open security alerts"].startswith("Open alerts: 1 user_locked of acme")
    assert "Failing endpoints: 1" in shown["Failing webhook endpoints"]
    assert "acme: 7 users, running" in shown["Imports"]


def test_without_any(admin_client):
    shown = panels(admin_client)
    assert shown["Outcomes by hour, last 24 hours"] == "No session has ended in the last 24 hours."
    assert shown["Open security alerts"] == "Open alerts: none"
    assert shown["Failing webhook endpoints"] == "Failing endpoints: none"
    assert shown["Imports"] == "Running imports: none , waiting: 0"


def test_every_link_leads_to_a_list(admin_client, day):
    page = admin_client.get("/admin/").content.decode().split("content-main")[0]
    addresses = {
        address.replace("&amp;", "&")
        for address in re.findall(r'href="(/admin/\w[^"]*\?.*?)"', page)
    }
    assert len(addresses) >= 10
    for address in addresses:
        answer = admin_client.get(address)
        assert answer.status_code == 200, address
        assert answer.context_data["cl"].has_active_filters, address


@pytest.mark.parametrize(
    ("permission", "titles"),
    [
        ("clients.view_client", set()),
        ("analytics.view_alertrecord", {"Open security alerts"}),
        ("webhooks.view_endpoint", {"Failing webhook endpoints"}),
        ("imports.view_importjob", {"Imports"}),
        (
            "enrollment.view_enrollmentsession",
            {"Today", "Outcomes by hour, last 24 hours", "Queue and workers"},
        ),
    ],
)
def test_nobody_sees_numbers_that_he_may_not_list(day, permission, titles):
    assert set(panels(staff(permission))) == titles


@pytest.mark.parametrize(
    ("permission", "frames", "told"),
    [
        ("enrollment.view_enrollmentsession", "6", "3 in all"),
        ("authentication.view_authenticationsession", "8", "5 in all"),
    ],
)
def test_figures_are_of_the_sessions_that_the_account_may_list(day, permission, frames, told):
    browser = staff(permission)
    shown = figures(browser)
    assert shown["Frames received"] == frames
    kinds = {"Enrolled" in shown, "Verified" in shown}
    assert kinds == {True, False}
    assert told in panels(browser)["Outcomes by hour, last 24 hours"]


class Mailbox:
    """A queue that answers with these."""

    def __init__(self, admission: Admission | None, look: Look | None = None) -> None:
        self._admission, self._look = admission, look

    def ask(self) -> Admission:
        if self._admission is None:
            raise redis.ConnectionError("no Redis")
        return self._admission

    def look(self) -> Look | None:
        return self._look


@pytest.mark.parametrize(
    ("mailbox", "told"),
    [
        (Mailbox(None), "Redis does not answer: frames are refused."),
        (
            Mailbox(Admission.NO_WORKERS, Look(0, 0.0, ())),
            "No worker runs: frames are refused. Frames waiting 0",
        ),
        (
            Mailbox(Admission.ADMITTED, Look(3, 0.5, ("host-7:1", "host-7:2"))),
            "Frames are taken. Frames waiting 3 Seconds the oldest has waited 0.5 "
            "Processes that measure 2",
        ),
    ],
)
def test_the_queue(admin_client, settings, monkeypatch, mailbox, told):
    assert panels(admin_client)["Queue and workers"].startswith("The web processes measure")
    settings.FACEPLATFORM_ENGINE = "remote"
    monkeypatch.setattr(queue_panel, "mailbox", lambda: mailbox)
    text = panels(admin_client)["Queue and workers"]
    assert text.startswith(told)
    assert "host-7" not in text


def test_it_takes_as_many_statements_for_more_rows(admin_client, day, api, other, today):
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            admin_client.get("/admin/")
        return len(captured)

    before = statements()
    for number in range(10):
        ended = today - timedelta(hours=number)
        fact(other.client, ended_at=ended).save()
        AlertRecord.objects.create(client=other.client, alert=f"alert{number}", raised_at=today)
        ImportJob.objects.create(client=other.client, status=JobStatus.RUNNING)
        endpoint = endpoint_of(other)
        endpoint.failing_since = today
        endpoint.save(update_fields=["failing_since"])
    rolling.roll_up(limit=100)
    assert statements() == before <= 20
