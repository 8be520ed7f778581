"""Pages of the admin as an operator reads them: names, columns, deletion, number of queries."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import AuditEntry, SecurityEvent
from authentication.models import AuthenticationSession
from clients.models import Client, Subject, SubjectGroup
from enrollment.models import EnrollmentSession
from faceplatform import admin_lists
from faceplatform.housekeeping import clean_up
from tests.system.conftest import add_row_of_staff, add_rows
from tests.system.test_admin_rights import MODELS, address, run

pytestmark = pytest.mark.django_db


def cells(page, column: str) -> list[str]:
    """Return what the rows of a list show in a column, without markup."""
    found = re.findall(
        rf'<t[dh] class="field-{column}[^"]*">(.*?)</t[dh]>', page.content.decode(), re.DOTALL
    )
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in found]


# Names and columns -----------------------------------------------------------------------


def test_no_two_lists_have_the_same_name(admin_client):
    page = admin_client.get("/admin/").content.decode()
    lists = re.findall(r'<a href="/admin/\w+/\w+/"[^>]*>([^<]+)</a>', page.split("content-main")[1])
    names = [name for name in lists if name not in {"Add", "Change", "View"}]
    assert len(names) == len(set(names)) == len(MODELS)
    assert {"Users", "Admin accounts", "Groups of users", "Roles"} <= set(names)
    assert {"Enrollments", "Authentications", "Security events", "Audit log"} <= set(names)
    apps = re.findall(r'<a href="/admin/\w+/" class="section"[^>]*>([^<]+)</a>', page)
    assert "Authentication and Authorization" not in apps
    assert len(apps) == len(set(apps)) > 5


def test_authentications_show_whom_they_recognized(admin_client, api, stage):
    api.enroll(stage, "alice")
    api.verify(stage.frame("alice"))
    api.identify(stage.frame("alice"))
    for _ in range(AuthenticationSession.objects.latest("pk").capture_policy.probe_frames):
        api.verify(stage.frame("stranger"))
    api.authentication_token()
    page = admin_client.get(address(AuthenticationSession))
    rows = list(AuthenticationSession.objects.order_by("-pk"))
    assert cells(page, "outcome") == ["open"] * (len(rows) - 2) + ["succeeded"] * 2
    assert cells(page, "matched_subject") == [
        "alice" if row.matched_subject else "-" for row in rows
    ]
    assert "alice" in cells(page, "matched_subject")
    assert cells(page, "score") == [
        "" if row.similarity_score is None else f"{row.similarity_score:.3f}" for row in rows
    ]
    assert {"verification", "identification"} == set(cells(page, "session_type"))


@pytest.mark.parametrize(("suspected", "told"), [(False, "none found"), (True, "suspected")])
def test_no_duplicate_is_no_red_cross(admin_client, api, stage, suspected, told):
    api.enroll(stage, "alice")
    EnrollmentSession.objects.update(duplicate_suspected=suspected)
    row = EnrollmentSession.objects.get()
    assert cells(admin_client.get(address(EnrollmentSession)), "duplicate") == [told]
    page = admin_client.get(address(EnrollmentSession, f"{row.pk}/change/")).content.decode()
    assert told in page
    assert "icon-no" not in page.split("field-duplicate")[1].split("</div>")[0]


def test_times_have_seconds_and_zone(admin_client, rows, api):
    api.client.created_at = datetime(2026, 3, 4, 5, 6, 7, 890, tzinfo=UTC)
    api.client.save(update_fields=["created_at"])
    shown = "2026-03-04 05:06:07 UTC"
    assert cells(admin_client.get(address(Client)), "created_at") == [shown]
    assert shown in admin_client.get(address(Client, f"{api.client.pk}/change/")).content.decode()
    for model in MODELS:
        row = model._default_manager.order_by("pk").first()
        for place in (address(model), address(model, f"{row.pk}/change/")):
            page = admin_client.get(place).content.decode()
            assert not re.findall(r"[ap]\.m\.|noon<|midnight<", page), place


def test_security_events_are_sorted_by_their_last_time(admin_client, db):
    first = timezone.now().replace(microsecond=0)
    for number, minutes in enumerate((2, 3, 1)):
        SecurityEvent.objects.create(
            kind="unknown_id",
            severity="low",
            count=number,
            key=str(number),
            hour=first,
            first_at=first,
            last_at=first + timedelta(minutes=minutes),
        )
    for query in ("", "?kind__exact=unknown_id", "?severity__exact=low", "?client=-"):
        page = admin_client.get(address(SecurityEvent) + query)
        assert cells(page, "count") == ["1", "0", "2"], query


# Deletion --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", [{}, {"typed_name": ""}, {"typed_name": "ACME"}, {"typed_name": "acme "}]
)
def test_a_client_is_not_deleted_without_its_name(admin_client, api, typed):
    Client.objects.update(name="acme")
    page = address(Client, f"{api.client.pk}/delete/")
    assert b'name="typed_name"' in admin_client.get(page).content
    answer = admin_client.post(page, {"post": "yes", **typed}, follow=True)
    assert b"Nothing was deleted" in answer.content
    assert Client.objects.exists()


def test_a_client_is_deleted_by_its_name_with_all_it_has(admin_client, rows, api):
    page = address(Client, f"{api.client.pk}/delete/")
    form = {"post": "yes", "typed_name": api.client.name}
    assert admin_client.post(page, form).status_code == 302
    clean_up()
    assert not Client.objects.exists()
    assert not AuthenticationSession.objects.exists()


def test_clients_are_not_deleted_by_the_list(admin_client, api):
    run(admin_client, Client, "delete_selected")
    assert Client.objects.exists()


@pytest.mark.parametrize("model", [AuthenticationSession, EnrollmentSession])
def test_nobody_deletes_a_session_by_hand(admin_client, rows, model):
    row = model.objects.get()
    assert admin_client.get(address(model, f"{row.pk}/delete/")).status_code == 403
    assert (
        admin_client.post(address(model, f"{row.pk}/delete/"), {"post": "yes"}).status_code == 403
    )
    run(admin_client, model, "delete_selected")
    assert model.objects.get() == row


def test_staff_deletes_a_group_by_its_service(admin_client, rows, api):
    """An open identification among its members ends: without the group it would search all."""
    group = SubjectGroup.objects.get()
    api.open_authentication(group=str(group.public_id))
    admin_client.post(address(SubjectGroup, f"{group.pk}/delete/"), {"post": "yes"})
    assert not SubjectGroup.objects.exists()
    assert AuthenticationSession.objects.latest("pk").status == "cancelled"


def test_staff_unlocks_a_user(admin_client, rows, api):
    subject = api.client.subjects.get()
    run(admin_client, type(subject), "unlock")
    assert AuditEntry.objects.filter(action="user.unlocked", actor_id="admin").count() == 1


# Queries ---------------------------------------------------------------------------------


def test_a_list_takes_as_many_queries_for_twenty_rows(admin_client, rows, api, stage):
    """A list of the registry that no row is added to fails, too."""

    def queries(model) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get(address(model)).status_code == 200
        return len(captured)

    for model in MODELS:  # what is kept between requests
        queries(model)
    before = {model: queries(model) for model in MODELS}
    Client.objects.update(tier="large")  # more than ten endpoints
    for number in range(19):
        add_rows(api, stage, f"user-{number}", address=f"203.0.113.{number + 8}")
        add_row_of_staff(number)
    assert not [model for model in MODELS if model._default_manager.count() < 20]
    assert {model: queries(model) for model in MODELS} == before


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_search_of_parts_of_words_is_no_search(model):
    """It would read the whole table. Accounts of staff are few."""
    fields = admin.site._registry[model].search_fields
    is_small = model._meta.label in {"system.AdminAccount", "system.AdminRole"}
    assert is_small or (fields and all(field[0] in "=^" for field in fields))
    assert is_small or admin.site._registry[model].search_help_text


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_flag_is_found_by_its_index(rows, admin_client, model):
    """SQLite reads the whole table for ``NOT is_active``."""
    for each in admin.site._registry[model].list_filter:
        name = each[0] if isinstance(each, tuple) else each
        is_small = model._meta.label in {"system.AdminAccount", "system.AdminRole"}
        if isinstance(name, str) and not is_small and _type(model, name) == "BooleanField":
            with CaptureQueriesContext(connection) as captured:
                admin_client.get(f"{address(model)}?{name}__exact=0")
            column = connection.ops.quote_name(name)
            assert f"{column} IN (0)" in str(captured.captured_queries)


def _type(model, name: str) -> str:
    kind: str = model._meta.get_field(name).get_internal_type()
    return kind


def test_no_address_sorts_a_list(admin_client, api):
    for name in ("zoe", "adam"):
        Subject.objects.create(client=api.client, user_id=name)
    for query in ("", "?o=1", "?o=-1"):
        assert cells(admin_client.get(address(Subject) + query), "user_id") == ["adam", "zoe"]


def test_users_are_found_by_the_beginning_of_their_id(admin_client, api, other):
    for client, name in ((api.client, "ada-2"), (other.client, "ada-1"), (api.client, "bob")):
        Subject.objects.create(client=client, user_id=name)
    bob = Subject.objects.get(user_id="bob")

    def found(query: str) -> list[str]:
        return cells(admin_client.get(address(Subject) + query), "user_id")

    assert found("?q=ada") == ["ada-1", "ada-2"]
    assert found("?q=da") == []
    assert found(f"?q={bob.public_id}") == ["bob"]
    assert found(f"?q=ada&client={api.client.name}") == ["ada-2"]
    assert found(f"?client={other.client.public_id}") == ["ada-1"]
    page = admin_client.get(f"{address(Subject)}?client=nobody")
    assert b"There is none of this client" in page.content
    assert cells(page, "user_id") == []


@pytest.mark.parametrize(("number", "unlocked"), [(2, True), (3, False)])
def test_an_action_reaches_no_row_beyond_those_counted(
    admin_client, api, monkeypatch, number, unlocked
):
    monkeypatch.setattr(admin_lists, "MOST_ROWS", 2)
    rows = [Subject.objects.create(client=api.client, user_id=f"{i}") for i in range(number)]
    form = {"action": "unlock", "select_across": "1", "_selected_action": [rows[0].pk]}
    answer = admin_client.post(address(Subject), {**form, "index": "0"}, follow=True)
    assert (b"Nothing was done" in answer.content) is not unlocked
    assert AuditEntry.objects.filter(action="user.unlocked").count() == (2 if unlocked else 0)
