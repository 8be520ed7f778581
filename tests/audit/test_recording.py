"""Entries of each kind of act: actor, object, address, changes; and the cost of one."""

import json
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEntry
from audit.recording import bounded
from authentication.models import AuthenticationSession
from clients import credentials
from clients.models import Subject, SubjectGroup
from enrollment import removal
from enrollment.models import EnrollmentSession, FaceTemplate
from faceplatform.acting import Deed
from faceplatform.api.scopes import Scope
from faceplatform.housekeeping import clean_up
from faceplatform.sessions.tasks import expire_sessions
from tests.audit.chains import newest, seal, told, verify
from tests.clients.keys import with_key
from tests.clients.users import Users
from tests.imports import importing
from tests.stage import browser, upload

pytestmark = pytest.mark.django_db
ADDRESS = "192.0.2.17"
CLIENT_FORM = {
    "name": "acme",
    "tier": "standard",
    "is_active": "on",
    "contact_name": "",
    "contact_email": "",
    "time_zone": "UTC",
    "allowed_origins": "[]",
    "credentials-TOTAL_FORMS": "0",
    "credentials-INITIAL_FORMS": "0",
}


def test_an_act_of_an_api_key(api):
    api.also_send(HTTP_X_REQUEST_ID="request-4711", REMOTE_ADDR=ADDRESS)
    api.http.post("/api/clients/users/", {"user_id": "ada"}, format="json", REMOTE_ADDR=ADDRESS)
    entry = newest("user.created")
    assert entry.client == api.client
    assert entry.actor_type == "credential"
    assert entry.actor_id == str(api.issued.credential.public_id)
    assert (entry.object_type, entry.user_id) == ("user", "ada")
    assert (entry.request_id, entry.address) == ("request-4711", ADDRESS)
    assert entry.subject == Subject.objects.get()
    assert not entry.is_sealed


def test_the_changes_of_a_user(api):
    users = Users(api)
    users.create("ada", display_name="Ada")
    users.change("ada", display_name="Ada L.")
    assert told(newest("user.updated")) == {
        "facts": {"changed": ["display_name"]},
        "changes": {"before": {"display_name": "Ada"}, "after": {"display_name": "Ada L."}},
    }
    for verb in ("deactivate", "activate"):
        assert users.post("ada", verb).status_code == 200
        assert newest(f"user.{verb}d").user_id == "ada"
    assert users.post("ada", "unlock").status_code == 200
    assert newest("user.unlocked").user_id == "ada"


def test_a_change_of_the_policy_by_the_client(api):
    address = reverse("client", args=[api.client.public_id])
    api.http.patch(address, {"policy": {"require_consent": True}}, format="json")
    entry = newest("client.changed")
    assert entry.actor_type == "credential"
    assert told(entry)["changes"] == {
        "before": {"own_policy": {}},
        "after": {"own_policy": {"require_consent": True}},
    }
    count = AuditEntry.objects.count()
    api.http.patch(address, {"contact_name": ""}, format="json")  # changes nothing
    assert AuditEntry.objects.count() == count


def test_a_command_of_the_operator(api):
    call_command("set_limits", api.client.name, "--limits", '{"users": 5}', stdout=StringIO())
    entry = newest("client.changed")
    assert (entry.actor_type, entry.address, entry.request_id) == ("system", "", "")
    assert told(entry)["changes"]["after"] == {"limits": {"users": 5}}


def test_credentials(api):
    issued = credentials.issue(api.client)
    entry = newest("credential.issued")
    assert entry.object_id == str(issued.credential.public_id)
    assert issued.api_secret not in str(entry.record())
    api.http.delete(f"/api/clients/credentials/{issued.credential.public_id}/")
    entry = newest("credential.revoked")
    assert told(entry)["facts"] == {"by": str(api.issued.credential.public_id)}


def test_decisions(api, stage):
    api.enroll(stage, "alice", frames=1)
    entry = newest("enrollment.ended")
    assert entry.object_id == str(EnrollmentSession.objects.get().public_id)
    assert (entry.user_id, told(entry)["facts"]["reason"]) == ("alice", "enrolled")
    api.identify(stage.frame("alice"))
    entry = newest("authentication.ended")
    assert (entry.user_id, told(entry)["facts"]["reason"]) == ("alice", "matched")
    assert entry.subject == Subject.objects.get()


def test_a_decision_on_a_frame_of_a_sessions_holder(make_api, stage):
    api = make_api(probe_frames=1)
    api.enroll(stage, "alice", frames=1)
    token = api.authentication_token("alice")
    path = "/api/auth/sessions/current/frames/"
    form = {"image": upload(stage.frame("alice"))}
    browser(token).post(path, form, format="multipart", REMOTE_ADDR=ADDRESS)
    entry = newest("authentication.ended")
    assert (entry.actor_type, entry.actor_id, entry.address) == ("session", "", ADDRESS)
    assert token not in str(entry.record())
    api.http.post("/api/core/auth/user/", {"session_token": token}, format="json")
    assert newest("authentication.exchanged").object_id == entry.object_id


def test_what_ends_by_time_is_nobodys_act(api, settings):
    api.enrollment_token("alice")
    EnrollmentSession.objects.update(expires_at="2020-01-01T00:00:00Z")
    expire_sessions()
    entry = newest("enrollment.ended")
    assert told(entry)["facts"]["reason"] == "expired"
    assert (entry.actor_type, entry.address) == ("system", "")


def test_imports(api):
    importing.imported(api, importing.table(("ada",)))
    assert told(newest("import.started"))["facts"] == {"total": 1}
    assert told(newest("import.ended"))["facts"]["status"] == "completed"


def inserts(captured) -> list[str]:
    found = [query["sql"] for query in captured if "audit_" in query["sql"]]
    return [sql.split()[0] for sql in found]


def test_an_ending_costs_one_insert_and_another_frame_nothing(make_api, stage):
    api = make_api(probe_frames=2, max_spoof_frames=3)
    api.enroll(stage, "alice", frames=1)
    token = api.authentication_token("alice")
    costs = []
    for frame in (stage.frame("mallory"), stage.frame("mallory")):
        with CaptureQueriesContext(connection) as captured:
            answer = api.post_frame(token, frame).json()
        costs.append((answer["session_status"], inserts(captured)))
    assert costs == [("processing", []), ("completed", ["INSERT"])]


# The admin -------------------------------------------------------------------------------


@pytest.fixture
def staff(db) -> Browser:
    User.objects.create_superuser("root", password="a password for tests")
    visitor = Browser(REMOTE_ADDR=ADDRESS)
    form = {"username": "root", "password": "a password for tests", "next": "/admin/"}
    assert visitor.post("/admin/login/", form).status_code == 302
    return visitor


def test_sign_ins(staff):
    entry = newest("staff.signed_in")
    assert (entry.client, entry.actor_type, entry.actor_id) == (None, "staff", "root")
    assert entry.address == ADDRESS
    staff.post("/admin/logout/")
    assert newest("staff.signed_out").actor_id == "root"


def test_staff_reads_personal_data(api, stage, staff):
    api.enroll(stage, "alice", frames=1)
    subject = Subject.objects.get()
    pages = {
        f"clients/subject/{subject.pk}/change/": "clients.subject",
        f"clients/subject/{subject.pk}/history/": "clients.subject",
        f"enrollment/enrollmentsession/{EnrollmentSession.objects.get().pk}/change/": (
            "enrollment.enrollmentsession"
        ),
        f"enrollment/facetemplate/{FaceTemplate.objects.get().pk}/change/": (
            "enrollment.facetemplate"
        ),
    }
    for page, kind in pages.items():
        before = AuditEntry.objects.count()
        assert staff.get(f"/admin/{page}").status_code == 200
        entry = newest("admin.viewed")
        assert AuditEntry.objects.count() == before + 1
        assert (entry.client, entry.object_type) == (api.client, kind)
        assert (entry.actor_id, entry.user_id) == ("root", "alice")
    staff.get("/admin/clients/subject/")
    entry = newest("admin.listed")
    assert (entry.client, entry.object_type) == (None, "clients.subject")
    count = AuditEntry.objects.count()
    staff.get("/admin/clients/client/")  # no personal data
    assert AuditEntry.objects.count() == count


def test_staff_acts_are_told_by_public_ids(api, stage, staff):
    """Those of the API, so that a look at a session and its end have the same id."""
    api.enroll(stage, "alice", frames=1)
    api.verify(stage.frame())
    enrollment, authentication = (
        EnrollmentSession.objects.get(),
        AuthenticationSession.objects.get(),
    )
    subject, template = Subject.objects.get(), FaceTemplate.objects.get()
    group = SubjectGroup.objects.create(client=api.client, name="night shift")
    for page, object_id in {
        f"enrollment/enrollmentsession/{enrollment.pk}": enrollment.public_id,
        f"enrollment/facetemplate/{template.pk}": enrollment.public_id,
        f"authentication/authenticationsession/{authentication.pk}": authentication.public_id,
        f"clients/subjectgroup/{group.pk}": group.public_id,
    }.items():
        staff.get(f"/admin/{page}/change/")
        assert newest("admin.viewed").object_id == str(object_id), page
    ended = AuditEntry.objects.get(action="authentication.ended")
    assert AuditEntry.objects.filter(action="admin.viewed", object_id=ended.object_id).exists()
    # A user is named in the part that an erasure removes.
    staff.get(f"/admin/clients/subject/{subject.pk}/change/")
    entry = newest("admin.viewed")
    assert (entry.object_id, entry.user_id) == ("", "alice")
    assert told(entry)["changes"] == {"object_id": str(subject.public_id)}
    staff.post(f"/admin/clients/client/{api.client.pk}/change/", CLIENT_FORM)
    assert newest("admin.changed").object_id == str(api.client.public_id)


def test_staff_changes_a_client(api, staff):
    form = {**CLIENT_FORM, "policy__require_consent": "True"}
    answer = staff.post(f"/admin/clients/client/{api.client.pk}/change/", form)
    assert answer.status_code == 302, answer.content
    entry = newest("client.changed")
    assert (entry.actor_type, entry.actor_id) == ("staff", "root")
    assert told(entry)["changes"]["after"]["policy"] == {"require_consent": True}
    assert newest("admin.changed").object_type == "clients.client"


def test_staff_deletes_several_users_at_once(api, staff):
    users = Users(api)
    for name in ("ada", "bob"):
        users.create(name)
    keys = list(Subject.objects.values_list("pk", flat=True))
    form = {"action": "delete_selected", "_selected_action": keys, "post": "yes"}
    staff.post("/admin/clients/subject/", form)
    assert not Subject.objects.exists()
    assert AuditEntry.objects.filter(action="admin.deleted").count() == 2
    assert AuditEntry.objects.filter(action="user.erased", actor_id="root").count() == 2
    assert not AuditEntry.objects.exclude(user_id="").exists()
    seal()
    assert verify().status == 0


def test_the_operators_chain_keeps_the_head_of_a_deleted_clients(api, staff):
    seal()
    head = AuditEntry.objects.filter(client=api.client).latest("sequence")
    form = {"post": "yes", "typed_name": api.client.name}
    staff.post(f"/admin/clients/client/{api.client.pk}/delete/", form)
    clean_up()
    assert not AuditEntry.objects.filter(client=api.client.pk).exists()
    entry = newest("admin.deleted")
    assert entry.client is None
    assert told(entry)["facts"] == {
        "client_id": str(api.client.public_id),
        "sequence": head.sequence,
        "hash": head.hash,
    }
    seal()
    assert verify().status == 0


def test_nobody_changes_or_deletes_an_entry_in_the_admin(api, staff):
    entry = AuditEntry.objects.filter(client=api.client).latest("pk")
    page = f"/admin/audit/auditentry/{entry.pk}/"
    assert staff.get(f"{page}change/").status_code == 200
    for path in (f"{page}change/", f"{page}delete/", "/admin/audit/auditentry/add/"):
        assert staff.post(path, {"action": "x", "post": "yes"}).status_code == 403
    assert AuditEntry.objects.filter(pk=entry.pk, action=entry.action).exists()


def test_the_admins_list_counts_a_bounded_number_of_rows(api, staff):
    with CaptureQueriesContext(connection) as captured:
        assert staff.get("/admin/audit/auditentry/?q=x").status_code == 200
    counting = [query["sql"] for query in captured if "COUNT(" in query["sql"]]
    assert [sql for sql in counting if "audit_" in sql] == []


def test_every_admin_tells_its_acts():
    from django.contrib import admin

    from faceplatform.sessions.admin import ToldActs

    assert all(isinstance(each, ToldActs) for each in admin.site._registry.values())
    assert {deed.value for deed in Deed} == {"added", "changed", "deleted", "viewed", "listed"}


# Bounds ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"b": 1, "a": None}, '{"a":null,"b":1}'),
        ({"a": "ü" * 1001}, json.dumps({"a": "ü" * 1000 + "…"}, separators=(",", ":"))),
        ({"a": ["x" * 1000] * 9}, '{"left_out_bytes":9034}'),
    ],
)
def test_json_is_bounded(value, kept):
    assert bounded(value) == kept


def test_a_gates_key_reads_no_log(api):
    assert with_key(api, "authenticate").http.get("/api/core/audit-logs/").status_code == 403


def test_staff_changes_a_user(api, staff, heard):
    Users(api).create("ada", display_name="Ada")
    subject = Subject.objects.get()
    form = {"display_name": "Ada L.", "metadata": "{}"}  # and the box of is_active is not ticked
    answer = staff.post(f"/admin/clients/subject/{subject.pk}/change/", form)
    assert answer.status_code == 302, answer.content
    entry = newest("user.updated")
    assert (entry.actor_id, entry.client, entry.subject) == ("root", api.client, subject)
    assert told(entry) == {
        "facts": {"changed": ["display_name"]},
        "changes": {"before": {"display_name": "Ada"}, "after": {"display_name": "Ada L."}},
    }
    assert newest("user.deactivated").actor_id == "root"
    count = AuditEntry.objects.filter(action__startswith="user.").count()
    staff.post(f"/admin/clients/subject/{subject.pk}/change/", form)  # changes nothing
    assert AuditEntry.objects.filter(action__startswith="user.").count() == count


def test_staff_changes_a_key(api, staff):
    credential = api.issued.credential
    form = {
        **CLIENT_FORM,
        "credentials-TOTAL_FORMS": "1",
        "credentials-INITIAL_FORMS": "1",
        "credentials-0-id": credential.pk,
        "credentials-0-client": api.client.pk,
        "credentials-0-name": "Gate",
        "credentials-0-scopes": ["enroll"],
    }
    answer = staff.post(f"/admin/clients/client/{api.client.pk}/change/", form)
    assert answer.status_code == 302, answer.content
    changes = told(newest("credential.renamed"))["changes"]
    assert changes == {"before": {"name": ""}, "after": {"name": "Gate"}}
    changes = told(newest("credential.scopes_set"))["changes"]
    assert changes["before"] == {"scopes": sorted(scope.value for scope in Scope)}
    assert changes["after"] == {"scopes": ["enroll"]}
    assert newest("credential.scopes_set").actor_id == "root"


def test_staff_sees_who_would_be_deleted(api, staff):
    """The pages that ask for confirmation list users."""
    Users(api).create("ada")
    subject = Subject.objects.get()
    assert b"ada" in staff.get(f"/admin/clients/subject/{subject.pk}/delete/").content
    entry = newest("admin.viewed")
    assert (entry.client, entry.user_id, entry.object_id) == (api.client, "ada", "")
    staff.get(f"/admin/clients/client/{api.client.pk}/delete/")
    assert newest("admin.viewed").object_type == "clients.client"
    form = {"action": "delete_selected", "_selected_action": [subject.pk]}
    assert b"ada" in staff.post("/admin/clients/subject/", form).content
    assert newest("admin.listed").object_type == "clients.subject"
    assert Subject.objects.exists()


def test_a_removed_template_names_its_user(api, stage):
    api.enroll(stage, "alice", frames=1)
    removal.remove(EnrollmentSession.objects.get())
    assert newest("template.removed").user_id == "alice"
