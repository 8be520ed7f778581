"""Erasure: nothing about the user stays in any table, and no process finds the face."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from audit.models import AuditEntry
from authentication.models import AuthenticationSession
from clients.models import ErasureReceipt, Subject, UserAttempts
from enrollment.models import FaceTemplate
from faceplatform import events
from tests.clients.users import GROUPS, USERS, Users
from tests.imports import importing
from tests.stage import problem, upload

RECEIPTS = "/api/clients/receipts/"
WORKER = "tests.enrollment.gallery_process"
USER_ID = "zoë/7-unmistakable"
PERSON = "zoe"
# What an erasure leaves: numbers of templates, receipts, sessions that recognized somebody, and the
# admin's account with its log of actions, in which nobody is named.
STAYS = {
    "enrollment.GalleryHead",
    "enrollment.GalleryChange",
    "clients.ErasureReceipt",
    "clients.SubjectGroup",
    "authentication.AuthenticationSession",
    "admin.LogEntry",
    "api.IdempotentRequest",
    "contenttypes.ContentType",
    "sessions.Session",
    "auth.User",
    "clients.UserTally",
    "clients.AddressAttempts",  # of the caller's address, until the next clean-up
    "clients.UsageDay",
    "imports.ImportJob",
    "imports.ImportItem",
    "analytics.SessionFact",
    "leases.Lease",
    "audit.AuditEntry",
    "audit.AuditChain",
}


def tables() -> dict[str, Any]:
    """Return every table of the database, those between two models included."""
    return {model._meta.label: model for model in apps.get_models(include_auto_created=True)}


def counts() -> dict[str, int]:
    return {label: model._default_manager.count() for label, model in tables().items()}


def cells() -> Iterator[tuple[str, bytes]]:
    """Yield each cell of every row, as bytes: JSON with its letters escaped and not."""
    for label, model in tables().items():
        for row in model._default_manager.values():
            for name, value in row.items():
                column = f"{label}.{name}"
                if isinstance(value, dict | list):
                    yield column, json.dumps(value).encode()
                    yield column, json.dumps(value, ensure_ascii=False).encode()
                else:
                    yield column, value if isinstance(value, bytes) else str(value).encode()


def traces() -> set[str]:
    """Return the columns that name the user, as it is or as JSON writes it."""
    named = (USER_ID.encode(), json.dumps(USER_ID).strip('"').encode(), b"Unmistakable")
    return {column for column, cell in cells() if any(name in cell for name in named)}


@pytest.fixture
def users(make_api) -> Users:
    api = make_api(keep_images=True, replayed_frame="refuse")
    return Users(api)


def live_a_life(api, stage, settings, admin_client) -> None:
    """Leave traces of the user wherever the product keeps any."""
    users = Users(api)
    about = {"note": f"about {USER_ID}"}
    users.create(USER_ID, display_name="Unmistakable", metadata=about)
    users.change(USER_ID, display_name="Unmistakable Two")
    subject = Subject.objects.get(user_id=USER_ID)
    api.enroll(stage, USER_ID, person=PERSON)
    api.verify(stage.frame(PERSON), USER_ID)
    token = api.authentication_token(metadata=about)
    api.http.post(
        "/api/auth/process-image/",
        {"session_token": token, "image": upload(stage.frame(PERSON))},
        format="multipart",
        HTTP_IDEMPOTENCY_KEY="matched",
    )
    open_token = api.authentication_token(USER_ID, metadata=about)
    api.post_frame(open_token, stage.frame("bob"))
    enrolling = api.enrollment_token(USER_ID, metadata=about, capture_link=True)
    api.post_frame(enrolling, stage.frame(PERSON))
    group = api.http.post(GROUPS, {"name": "staff"}, format="json").json()["id"]
    body = {"user_ids": [USER_ID]}
    api.http.post(f"{GROUPS}{group}/members/", body, format="json", HTTP_IDEMPOTENCY_KEY="member")
    importing.start(
        api, importing.table((USER_ID, "Unmistakable"), header=("user_id", "display_name"))
    )
    form = {"metadata": json.dumps(about), "display_name": "Unmistakable", "is_active": "on"}
    admin_client.post(f"/admin/clients/subject/{subject.pk}/change/", form)


@pytest.mark.django_db
def test_no_table_keeps_anything(users, stage, settings, admin_client, heard):
    before = counts()
    live_a_life(users.api, stage, settings, admin_client)
    grown = {label for label, count in counts().items() if count > before[label]}
    assert {
        "clients.Subject",
        "clients.SubjectGroup_subjects",
        "enrollment.EnrollmentSession",
        "enrollment.EnrollmentSample",
        "enrollment.EnrollmentImage",
        "enrollment.FaceTemplate",
        "authentication.ProbeSample",
        "capture_sessions.SeenFrame",
        "capture_sessions.SeenBand",
        "capture.CaptureLink",
        "api.IdempotentRequest",
        "admin.LogEntry",
        "audit.AuditEntry",
    } <= grown
    assert {
        "clients.Subject.user_id",
        "clients.Subject.metadata",
        "authentication.AuthenticationSession.metadata",
        "imports.ImportItem.user_id",
        "imports.ImportItem.display_name",
        "admin.LogEntry.object_repr",
        "audit.AuditEntry.user_id",
        "audit.AuditEntry.changes",
    } <= traces()
    lived, about = counts(), AuditEntry.objects.exclude(user_id="").count()
    erased = users.erase(USER_ID)
    assert erased.status_code == 200
    receipt = erased.json()
    after = counts()
    changed = {label for label in after if after[label] != before.get(label, 0)}
    assert changed <= STAYS, changed - STAYS
    assert after["api.IdempotentRequest"] == 0
    assert traces() == set()
    # The receipt counts exactly what was there.
    assert receipt["counts"] == {
        "users": 1,
        "kept_answers": lived["api.IdempotentRequest"],
        "samples": lived["enrollment.EnrollmentSample"] + lived["authentication.ProbeSample"],
        "seen_frames": lived["capture_sessions.SeenFrame"],
        "group_memberships": 1,
        "capture_links": 1,
        "templates": 1,
        "images": lived["enrollment.EnrollmentImage"],
        "enrollments": 2,
        "authentications": 2,
        "identifications": 1,
        "gallery_names": 0,
        "imported_users": 0,
        "failed_attempts": 0,  # its verifications succeeded
        "import_items": 1,
        "session_facts": lived["analytics.SessionFact"],
        "user_days": 0,  # not added up yet
        "user_activity": 0,
        "security_alerts": 0,
        "webhook_deliveries": 0,
        "audit_entries": about,
        "security_events": 0,
    }
    assert about == 9
    assert receipt["counts"]["kept_answers"] == 2
    assert receipt["counts"]["images"] == 4
    assert (receipt["erased"], receipt["trigger"]) == ("user", "request")
    (matched,) = AuthenticationSession.objects.all()
    assert (matched.status, matched.reason) == ("completed", "matched")
    assert (matched.matched_subject_id, matched.similarity_score, matched.metadata) == (
        None,
        None,
        {},
    )
    assert isinstance(heard[-1], events.UserErased)
    assert str(heard[-1].receipt_id) == receipt["receipt_id"]


@pytest.mark.django_db
def test_nor_with_the_names_of_the_older_apis(users, stage, settings, admin_client):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"001": users.api.client.name}
    before = counts()
    users.api.http.post(
        "/api/register/",
        {"image": upload(stage.frame(PERSON))},
        format="multipart",
        HTTP_USERNAME="Unmistakable",
        HTTP_GALLERYNAME="staff",
    )
    assert traces()
    receipt = users.erase("staff/Unmistakable").json()
    assert receipt["counts"]["gallery_names"] == 1
    after = counts()
    assert {label for label in after if after[label] != before[label]} <= STAYS
    assert traces() == set()


@pytest.mark.django_db
def test_nor_after_an_erasure_in_the_admin(users, stage, settings, admin_client):
    live_a_life(users.api, stage, settings, admin_client)
    subject = Subject.objects.get()
    admin_client.post(f"/admin/clients/subject/{subject.pk}/delete/", {"post": "yes"})
    assert not Subject.objects.exists()
    assert traces() == set()
    assert ErasureReceipt.objects.get().trigger == "admin"


@pytest.mark.django_db
def test_a_reset_gives_each_user_a_receipt(users, stage, settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"000": users.api.client.name}
    settings.FACEPLATFORM_LEGACY_RESET = True
    for person in ("alice", "bob"):
        users.api.enroll(stage, person, frames=1)
    assert users.http.post("/api/reset").json()["code"] == 200
    assert [receipt.trigger for receipt in ErasureReceipt.objects.all()] == ["reset", "reset"]


@pytest.mark.django_db
def test_a_receipt_is_kept_without_the_person(users, other, stage):
    users.create("alice")
    users.create("bob")
    first, second = users.erase("alice").json(), users.erase("bob").json()
    listed = users.http.get(RECEIPTS).json()["results"]
    assert [row["receipt_id"] for row in listed] == [second["receipt_id"], first["receipt_id"]]
    address = f"{RECEIPTS}{first['receipt_id']}/"
    assert users.http.get(address).json() == first == listed[1]
    assert set(first) == {"receipt_id", "erased_at", "erased", "trigger", "counts"}
    problem(other.http.get(address), 404, "receipt_not_found")
    assert other.http.get(RECEIPTS).json()["results"] == []


@pytest.mark.django_db
def test_an_unknown_user_cannot_be_erased_nor_one_twice(users, heard):
    problem(users.erase("alice"), 404, "user_not_found")
    users.create("alice")
    assert users.erase("alice").status_code == 200
    problem(users.erase("alice"), 404, "user_not_found")
    assert ErasureReceipt.objects.count() == 1
    assert users.create("alice").status_code == 201  # somebody new


@pytest.mark.django_db
def test_a_repeated_call_with_its_key_gets_the_same_receipt(users):
    users.create("alice")
    first = users.http.delete(f"{USERS}alice/", HTTP_IDEMPOTENCY_KEY="once")
    again = users.http.delete(f"{USERS}alice/", HTTP_IDEMPOTENCY_KEY="once")
    assert again["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()


@pytest.mark.django_db
def test_an_erasure_that_fails_erases_nothing(users, stage):
    def fail(event, **_):
        if isinstance(event, events.UserErased):
            raise ZeroDivisionError

    users.api.enroll(stage, "alice")
    before = counts()
    events.published.connect(fail)
    try:
        assert users.erase("alice").status_code == 500
    finally:
        events.published.disconnect(fail)
    assert counts() == before
    assert users.api.verify(stage.frame("alice"))["result"] == "success"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["enrollment", "verification", "identification"])
def test_a_frame_in_flight_finds_nobody(users, stage, kind):
    api = users.api
    api.enroll(stage, "alice")
    token = {
        "enrollment": lambda: api.enrollment_token("alice", target_samples=1),
        "verification": lambda: api.authentication_token("alice"),
        "identification": api.authentication_token,
    }[kind]()
    api.identify(stage.frame("alice"))  # the gallery is in memory
    stage.meanwhile = lambda: users.erase("alice")
    answer = api.post_frame(token, stage.frame("alice"))
    if kind == "identification":
        assert answer.json()["matched_user"] is None
        assert answer.json()["result"] != "success"
    else:
        problem(answer, 404, "session_not_found")
    assert not FaceTemplate.objects.exists()
    assert not Subject.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_search_in_another_process_finds_the_face_no_more(users, stage):
    """The other process has the template in memory when the user is erased."""
    api = users.api
    api.enroll(stage, "alice")
    template = FaceTemplate.objects.get()
    probe = template.unseal().tobytes().hex()
    database = str(connection.settings_dict["NAME"])
    with subprocess.Popen(
        [sys.executable, "-m", WORKER, database, "witness", str(api.client.pk), "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None

        def search() -> str:
            other.stdin.write(f"{probe}\n")
            other.stdin.flush()
            return other.stdout.readline().strip()

        assert search() == f"[{template.pk}] of 1"
        assert users.erase("alice").status_code == 200
        assert search() == "[] of 0"
        other.stdin.close()
        assert other.wait(timeout=60) == 0, other.stderr


@pytest.mark.django_db
def test_a_receipt_counts_failed_attempts(api):
    subject = Subject.objects.create(client=api.client, user_id="ada")
    UserAttempts.objects.create(subject=subject, failures=3)
    erased = api.http.delete("/api/clients/users/ada/").json()
    assert erased["counts"]["failed_attempts"] == 3
