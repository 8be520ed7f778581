"""Pages of single rows in the admin: a user, a group, an import, an endpoint, and deletions."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEntry
from clients.models import Client, Subject, SubjectGroup
from enrollment.models import EnrollmentSession, FaceTemplate
from faceplatform import admin_deletion
from imports.models import ImportItem, ImportJob
from tests.system.test_admin_rights import address
from tests.webhooks.endpoints import endpoint_of, finished

pytestmark = pytest.mark.django_db


def page_of(browser: Browser, row) -> str:
    answer = browser.get(address(type(row), f"{row.pk}/change/"))
    assert answer.status_code == 200
    return answer.content.decode()


def panel(page: str, title: str) -> list[list[str]]:
    """Return the cells of a table below the form, without markup."""
    section = next(each for each in page.split("<section")[1:] if f">{title}" in each)
    rows = re.findall(r"<tr>(.*?)</tr>", section.split("</section>")[0], re.DOTALL)
    found = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in row] for row in found if row]


def test_the_page_of_a_user(admin_client, api, stage):
    api.enroll(stage, "alice")
    api.verify(stage.frame("alice"), user_id="alice")
    api.identify(stage.frame("alice"))
    user, template = Subject.objects.get(), FaceTemplate.objects.get()
    SubjectGroup.objects.create(client=api.client, name="night shift").subjects.add(user)
    page = page_of(admin_client, user)
    (row,) = panel(page, "Templates")
    assert row[:2] == [str(template.model_key), str(template.sample_count)]
    assert "vector" not in page
    assert [row[1] for row in panel(page, "Enrollments")] == ["completed"]
    assert [row[2] for row in panel(page, "Verifications")] == ["matched"]
    assert {row[1] for row in panel(page, "Recognized by")} == {"verification", "identification"}
    assert panel(page, "Groups")[0][0] == "night shift"
    assert "0 in a row" in page
    # All sessions of the user, and of nobody else.
    api.enroll(stage, "bob")
    listed = admin_client.get(f"{address(EnrollmentSession)}?q={user.public_id}").content.decode()
    assert "1 enrollment" in listed


@pytest.mark.parametrize(("enrolled", "icon"), [(True, "icon-yes"), (False, "icon-no")])
def test_a_list_and_a_page_say_if_a_user_is_enrolled(admin_client, api, stage, enrolled, icon):
    api.enroll(stage, "alice")
    if not enrolled:
        FaceTemplate.objects.all().delete()
    listed = admin_client.get(address(Subject)).content.decode()
    for page in (listed, page_of(admin_client, Subject.objects.get())):
        assert icon in page.split("field-enrolled")[1][:900]


def test_a_page_shows_of_other_tables_what_its_reader_may_see(api, stage):
    api.enroll(stage, "alice")
    user = User.objects.create_user("staff", password="x", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_subject", "view_enrollmentsession"])
    )
    browser = Browser()
    browser.force_login(user)
    page = page_of(browser, Subject.objects.get())
    assert "Enrollments, the newest" in page
    assert not [title for title in ("Templates", "Verifications", "Groups") if title in page]


def test_a_page_takes_as_many_queries_for_many_sessions(admin_client, api, stage):
    api.enroll(stage, "alice")
    user = Subject.objects.get()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(admin_client, user)
        return len(captured)

    queries()  # what is kept between requests
    before = queries()
    for _ in range(12):
        api.enroll(stage, "alice")
    assert queries() == before
    assert len(panel(page_of(admin_client, user), "Enrollments")) == 10


def test_the_page_of_a_group(admin_client, api, stage, monkeypatch):
    group = SubjectGroup.objects.create(client=api.client, name="night shift")
    group.subjects.add(
        *(Subject.objects.create(client=api.client, user_id=f"user {i}") for i in range(12))
    )
    page = page_of(admin_client, group)
    assert len(panel(page, "Members")) == 10
    assert "Number of members: 12." in page


def test_the_page_of_an_import(admin_client, api):
    job = ImportJob.objects.create(client=api.client, total=4)
    ImportItem.objects.create(job=job, user_id="ada", result="enrolled")
    ImportItem.objects.create(
        job=job,
        user_id="bob",
        line=3,
        result="refused",
        reason="no_face",
        files=["b.jpg"],
        image_reasons=["no_face"],
    )
    ImportItem.objects.create(job=job, result="skipped", reason="user_erased")
    ImportItem.objects.create(job=job, user_id="carol")
    page = page_of(admin_client, job)
    assert '<progress max="4" value="3"></progress> 3 of 4' in page
    assert ["enrolled", "1"] in panel(page, "Results")
    assert ["waiting", "1"] in panel(page, "Results")
    assert panel(page, "Users who were not enrolled") == [
        ["bob", "3", "refused", "no_face", "b.jpg: no_face"],
        ["erased", "-", "skipped", "user_erased", ""],
    ]
    # Its page names users: the look is recorded.
    assert AuditEntry.objects.filter(action="admin.viewed", client=api.client).exists()


def test_the_page_of_an_endpoint(admin_client, api):
    endpoint = endpoint_of(api)
    made = finished(endpoint)
    (row,) = panel(page_of(admin_client, endpoint), "Deliveries")
    assert row[0] == str(made.public_id)


# Deletion --------------------------------------------------------------------------------


def test_the_question_counts_up_to_a_limit_and_names_no_user(admin_client, api, monkeypatch):
    monkeypatch.setattr(admin_deletion, "MOST_COUNTED", 3)
    page = address(Client, f"{api.client.pk}/delete/")
    with CaptureQueriesContext(connection) as few:
        text = admin_client.get(page).content.decode()
    assert "Users: " not in text
    for number in range(5):
        Subject.objects.create(client=api.client, user_id=f"user-{number}")
    with CaptureQueriesContext(connection) as many:
        text = admin_client.get(page).content.decode()
    assert "Users: more than 3" in text
    assert "Credentials: 1" in text
    assert "user-1" not in text
    assert len(many) == len(few)
    assert not [
        query
        for query in many.captured_queries
        if "COUNT(*)" in query["sql"] and "LIMIT" not in query["sql"]
    ]


def test_who_may_not_delete_what_goes_with_a_client_deletes_none(api):
    """Users go with it."""
    user = User.objects.create_user("staff", password="x", is_staff=True)
    names = ["view_client", "delete_client"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    browser = Browser()
    browser.force_login(user)
    page = address(Client, f"{api.client.pk}/delete/")
    assert "doesn't have permission" in browser.get(page).content.decode().replace("&#x27;", "'")
    form = {"post": "yes", "typed_name": api.client.name}
    assert browser.post(page, form).status_code == 403
    assert Client.objects.exists()
