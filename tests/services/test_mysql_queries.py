"""Every query of the frame path and of every list, explained by the database over filled tables:
none reads a whole table or sorts rows that it could read in order."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from audit.models import AuditEntry
from authentication.models import AuthenticationSession
from capture import links
from capture.models import CaptureLink
from clients import credentials, tokens
from clients.models import Client, Subject
from clients.users.erasure import erase_expired, erase_subject
from enrollment import gallery, removal
from enrollment.models import (
    EnrollmentSession,
)
from faceplatform import admin_lists
from faceplatform.engine import testing as fake
from faceplatform.engine.testing import MODEL
from faceplatform.sessions import session_admin
from faceplatform.sessions.models import OPEN_STATUSES
from faceplatform.sessions.tasks import expire_sessions
from legacy import galleries
from tests.capture.pages import link_to, redeem
from tests.legacy.caller import Caller
from tests.legacy.conftest import DIALECTS
from tests.services.admin_lists import MODELS, ROWS, faults_of, many_rows, rows_read
from tests.services.explaining import tables_of, unbounded
from tests.services.filled import USERS
from tests.services.marks import services
from tests.stage import Api, anonymous, browser, upload
from webhooks.models import Delivery, Endpoint

__all__ = ["many_rows"]  # a fixture
pytestmark = [*services, pytest.mark.django_db]


@pytest.fixture
def api(issued, db) -> Api:
    http = APIClient(raise_request_exception=False)
    access = tokens.issue_tokens(issued.credential)["access"]
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return Api(http=http, client=issued.credential.client, issued=issued)


def test_a_whole_read_is_found(api, explained):
    """These tests do notice a table without an index for the query."""
    list(Subject.objects.filter(display_name="Ada"))
    list(EnrollmentSession.objects.order_by("finished_at")[:10])
    assert len(unbounded(explained)) == 2


def test_tokens(api, explained):
    body = {"api_key": api.issued.credential.api_key, "api_secret": api.issued.api_secret}
    pair = anonymous().post("/api/core/auth/client/", body, format="json").json()
    refresh = {"refresh": pair["refresh"]}
    assert anonymous().post("/api/core/auth/token/refresh/", refresh, format="json").json()
    assert "clients_credential" in tables_of(explained)
    assert unbounded(explained) == []


def test_an_enrollment_with_its_frames(api, stage, explained):
    for user in ("user-0007", "somebody-new"):  # one replaces a template
        body = {"user_id": user, "session_type": "api", "target_samples": 2}
        opened = api.http.post(
            "/api/auth/enrollment/", body, format="json", HTTP_IDEMPOTENCY_KEY=user
        ).json()
        token = opened["session_token"]
        assert api.post_frame(token, stage.frame(user, faces=0)).json()["reason"] == "no_face"
        assert api.post_frame(token, stage.frame(user)).json()["reason"] == "accepted"
        last = browser(token).post(
            "/api/auth/process-image/", {"image": upload(stage.frame(user))}, format="multipart"
        )
        assert last.json()["reason"] == "enrolled"
        assert api.session(token).status_code == 200
    assert {"enrollment_enrollmentsample", "enrollment_facetemplate"} <= tables_of(explained)
    assert unbounded(explained) == []


def test_where_replays_are_refused(api, stage, settings, explained):
    Client.objects.filter(pk=api.client.pk).update(policy={"replayed_frame": "refuse"})
    settings.FACEPLATFORM_REPLAY_FRAMES = 200
    token = api.enrollment_token("somebody-new", target_samples=1)  # forgets some
    data = stage.frame("somebody new")
    assert api.post_frame(token, data).json()["reason"] == "enrolled"
    repeated = api.post_frame(api.authentication_token("somebody-new"), data)
    assert repeated.json()["reason"] == "frame_repeated"
    assert {"capture_sessions_seenframe", "capture_sessions_seenband"} <= tables_of(explained)
    assert unbounded(explained) == []


def test_a_credential_is_revoked(api, stage, explained):
    opened = [api.enrollment_token("user-0001"), api.authentication_token("user-0001")]
    credential = credentials.issue(api.client).credential
    for model in (EnrollmentSession, AuthenticationSession):
        open_ones = model.objects.filter(client=api.client, status__in=OPEN_STATUSES)
        assert open_ones.update(credential=credential) == 1
    explained.clear()
    credentials.revoke(credential)
    for token in opened:
        assert api.session(token).json()["reason"] == "credential_revoked"
    assert unbounded(explained) == []


def test_keys_are_listed_and_replaced(api, explained):
    keys = "/api/clients/credentials/"
    for asked in ({}, {"is_active": "true"}, {"name": "gate"}, {"ordering": "name"}):
        assert api.http.get(keys, asked).status_code == 200
    body = {"name": "gate", "scopes": ["manage"]}
    new = api.http.post(keys, body, format="json").json()
    assert api.http.post(f"{keys}{new['id']}/rotate/", {}, format="json").status_code == 201
    assert api.http.delete(f"{keys}{new['id']}/").status_code == 204
    assert unbounded(explained) == []


def test_totals_of_a_client(api, explained):
    address = f"/api/clients/clients/{api.client.public_id}/stats/"
    explained.clear()
    told = api.http.get(address).json()
    assert told["authentications"]["total"] >= USERS
    used = {step.key for query in explained for step in query.steps}
    assert {"enrollment_totals", "authentication_totals"} <= used
    # From the index alone; a row for each reason is kept aside, not one for each session.
    assert unbounded(explained, allowed=("AS `reason`, COUNT",)) == []


def test_a_refresh_token_is_spent_and_used_again(api, explained):
    pair = tokens.issue_tokens(api.issued.credential)
    for status in (200, 401):
        body = {"refresh": pair["refresh"]}
        answer = anonymous().post("/api/core/auth/token/refresh/", body, format="json")
        assert answer.status_code == status
    assert "clients_tokenfamily" in tables_of(explained)
    assert unbounded(explained) == []


def test_an_event_finds_its_subscriptions(api, stage, explained):
    """By the client's endpoints: neither other clients' nor all of a pattern are read."""
    token = api.enrollment_token("user-0011", target_samples=1)
    explained.clear()
    assert api.post_frame(token, stage.frame("somebody")).json()["reason"] == "enrolled"
    (asked,) = [query for query in explained if "webhooks_subscription" in query.sql]
    assert all(step.key and step.rows <= 20 for step in asked.steps), asked
    assert unbounded(explained) == []


def test_a_verification(api, stage, explained):
    token = api.authentication_token("user-0007")
    answers = [api.post_frame(token, stage.frame("a stranger")).json() for _ in range(3)]
    assert [answer["result"] for answer in answers] == [None, None, "failure"]
    assert unbounded(explained) == []


def test_identifications_first_load_and_change_log(api, stage, explained):
    assert api.identify(stage.frame("a stranger"))["reason"] == "undecided"
    api.enroll(stage, "somebody new")
    assert api.identify(stage.frame("somebody new"))["matched_user"] == {"user_id": "somebody new"}
    assert {"enrollment_galleryhead", "enrollment_gallerychange"} <= tables_of(explained)
    assert unbounded(explained) == []


def test_a_search_in_a_group(api, explained):
    group = galleries.searched(api.client, "staff")
    found = gallery.search(
        client_pk=api.client.pk, model=MODEL, probe=fake.embedding("p"), group_pk=group.pk
    )
    assert found.size == 100
    assert unbounded(explained) == []


def test_the_capture_page_from_its_link_to_another_try(api, stage, explained):
    policy = {"capture_retries": 2}
    Client.objects.filter(pk=api.client.pk).update(policy=policy)
    explained.clear()
    opened = api.open_authentication("user-0009", capture_link=True).json()
    token = opened["session_token"]
    assert anonymous().get(opened["capture_url"], HTTP_ACCEPT="text/html").status_code == 200
    assert redeem(opened["capture_url"]).json()["retries_left"] == 2
    page = browser(token)
    phone = page.post("/api/capture/handover/").json()["capture_url"]
    assert redeem(phone).json()["is_handover"] is True
    assert page.get("/api/capture/handover/").json()["state"] == "connected"
    for _ in range(3):
        api.post_frame(token, stage.frame("a stranger"))
    assert page.get("/api/capture/handover/").json()["retries_left"] == 2
    assert page.post("/api/capture/retry/").json()["retries_left"] == 1
    assert link_to(api, token) != opened["capture_url"]
    assert page.post("/api/capture/cancel/").status_code == 200
    assert {"capture_capturelink", "capture_capturelook"} <= tables_of(explained)
    assert unbounded(explained) == []


def test_the_look_of_the_capture_page(api, explained):
    explained.clear()
    address = "/api/clients/capture/"
    logo = api.http.get(address).json()["logo_url"]
    assert anonymous().get(logo).status_code == 200
    assert api.http.patch(address, {"name": "Acme Bank"}, format="json").status_code == 200
    assert api.http.put(address, {}, format="json").status_code == 200
    assert "capture_capturelook" in tables_of(explained)
    assert unbounded(explained) == []


def test_links_after_their_sessions_are_forgotten(api, explained):
    some = CaptureLink.objects.filter(client=api.client).order_by("pk")[:5]
    for link in some:
        CaptureLink.objects.filter(pk=link.pk).update(session_expires_at=timezone.now())
    explained.clear()
    assert links.forget(limit=3) == 3
    assert unbounded(explained) == []


def test_a_cancelled_session(api, stage, explained):
    assert api.cancel(api.enrollment_token("user-0001")).status_code == 200
    assert api.cancel(api.authentication_token("user-0001")).status_code == 200
    assert unbounded(explained) == []


@pytest.mark.parametrize("asked", [{}, {"user_id": "user-0005"}, {"page_size": "200"}])
def test_the_list_of_enrollments(api, explained, asked):
    explained.clear()
    first = api.http.get("/api/auth/enrollments/", asked).json()
    address, pages = first["next"], 1
    while address and pages < 4:
        page = api.http.get(address).json()
        address, pages = page["next"], pages + 1
        assert api.http.get(page["previous"]).status_code == 200
    assert pages == (1 if "user_id" in asked else 2 if asked else 4)
    assert unbounded(explained) == []


def test_one_enrollment_read_and_removed(api, explained):
    enrollment = EnrollmentSession.objects.filter(client=api.client).first()
    explained.clear()
    assert api.enrollment(str(enrollment.public_id)).status_code == 200
    assert api.remove(str(enrollment.public_id)).status_code == 204
    assert unbounded(explained) == []


def test_a_user_is_erased(api, explained):
    erase_subject(Subject.objects.get(client=api.client, user_id="user-0003"))
    explained.pop(0)  # of the line above
    assert not Subject.objects.filter(client=api.client, user_id="user-0003").exists()
    assert unbounded(explained) == []


@pytest.mark.parametrize(
    "address",
    [
        "users/",
        "users/?ordering=created_at",
        "users/?ordering=user_id",
        "users/?ordering=-user_id",
        "users/?user_id=user-0005",
        "users/?created_after=2020-01-01T00:00:00Z",
        "users/user-0005/enrollments/",
        "users/user-0005/authentications/",
        "groups/?ordering=name",
        "receipts/",
    ],
)
def test_lists_of_client_management(api, explained, address):
    explained.clear()
    following, pages = f"/api/clients/{address}", 0
    while following and pages < 4:
        page = api.http.get(following)
        assert page.status_code == 200
        following, pages = page.json()["next"], pages + 1
    assert explained
    assert unbounded(explained) == []


HOOKS = "/api/webhooks/"


@pytest.mark.parametrize("ordering", ["", "-"])
@pytest.mark.parametrize(
    ("path", "asked", "order"),
    [
        ("endpoints/", {}, "pk"),
        ("endpoints/", {"event_type": "subject.created", "state": "active"}, "pk"),
        ("deliveries/", {}, "created_at"),
        ("deliveries/", {"endpoint": "of the client"}, "created_at"),
        ("deliveries/", {"event_type": "subject.erased"}, "created_at"),
        ("deliveries/", {"state": "exhausted"}, "created_at"),
        ("deliveries/", {"created_after": "2020-01-01T00:00:00Z"}, "created_at"),
        ("failed/", {}, "created_at"),
        ("failed/", {"event_type": "subject.erased"}, "created_at"),
        ("event-logs/", {}, "at"),
        ("event-logs/", {"endpoint": "of the client"}, "at"),
        ("event-logs/", {"event_type": "subject.erased"}, "at"),
        ("event-logs/", {"outcome": "failed", "created_after": "2020-01-01T00:00:00Z"}, "at"),
    ],
    ids=str,
)
def test_lists_of_webhooks(api, explained, path, asked, order, ordering):
    if "endpoint" in asked:
        mine = Endpoint.objects.filter(client=api.client).first()
        asked = {"endpoint": str(mine.public_id)}
    explained.clear()
    page = api.http.get(f"{HOOKS}{path}", asked | {"ordering": f"{ordering}{order}"})
    following, pages = page.json()["next"], 1
    while following and pages < 3:
        following, pages = api.http.get(following).json()["next"], pages + 1
    assert page.json()["results"]
    assert unbounded(explained) == []


def test_one_delivery_and_its_retry(api, explained):
    delivery = Delivery.objects.filter(client=api.client, state="exhausted").first()
    explained.clear()
    address = f"{HOOKS}deliveries/{delivery.public_id}/"
    assert len(api.http.get(address).json()["attempts"]) == 2
    assert api.http.post(f"{address}retry/").status_code == 200
    assert unbounded(explained) == []


def test_many_deliveries_again(api, explained):
    endpoint = Endpoint.objects.filter(client=api.client).first()
    since = {"created_after": "2020-01-01T00:00:00Z"}
    explained.clear()
    one = api.http.post(f"{HOOKS}endpoints/{endpoint.public_id}/replay/", since, format="json")
    every = api.http.post(f"{HOOKS}retry-failed/", since, format="json")
    assert one.json()["queued"] > 100
    assert every.json()["queued"] > 50
    # The attempts of at most 500 deliveries are numbered, to find those that are too many.
    assert unbounded(explained, allowed=("ROW_NUMBER",)) == []


def test_old_deliveries_are_cleared(api, explained):
    Delivery.objects.filter(client=api.client).update(
        created_at=timezone.now() - timedelta(days=2),
        finished_at=timezone.now() - timedelta(days=2),
    )
    explained.clear()
    asked = {"older_than_days": 1}
    cleared = api.http.post(f"{HOOKS}clear-logs/", asked, format="json")
    assert cleared.json()["deleted"] > 400
    assert unbounded(explained) == []


def test_figures_of_webhooks(api, explained):
    endpoint = Endpoint.objects.filter(client=api.client).first()
    explained.clear()
    told = api.http.get(f"{HOOKS}endpoints/{endpoint.public_id}/stats/").json()
    assert sum(told["deliveries"].values()) == 2 * USERS / 3
    told = api.http.get(f"{HOOKS}stats/").json()
    assert sum(told["by_state"].values()) == 2 * USERS
    # From the index alone.
    assert unbounded(explained, allowed=("COUNT",)) == []


def test_the_sweep_of_ended_retention(api, explained):
    assert erase_expired(limit=500) == removal.remove_expired(limit=500) == 0
    assert explained
    assert unbounded(explained) == []


def test_the_sweep(api, explained):
    late = timezone.now() - timedelta(seconds=1)
    for model in (EnrollmentSession, AuthenticationSession):
        some = list(model.objects.values_list("pk", flat=True)[:5])
        model.objects.filter(pk__in=some).update(status="processing", expires_at=late)
    explained.clear()
    expire_sessions()
    assert EnrollmentSession.objects.filter(status="expired").count() == 5
    clients = "SELECT DISTINCT .*seenframe"
    # The first 500 by primary key.
    hooks = "webhooks_delivery` ORDER BY 1 ASC LIMIT 500"
    assert unbounded(explained, allowed=(clients, hooks)) == []


OLDER: dict[str, Callable[[Caller, bytes], Any]] = {
    "000 enroll": lambda old, frame: old.call(
        "POST /api/enroll?username=somebody", files={"cin_file": frame}
    ),
    "000 authentificate": lambda old, frame: old.call(
        "POST /api/authentificate?username=user-0001", files={"auth_video": frame}
    ),
    "001 register": lambda old, frame: old.call(
        "POST /api/register/",
        files={"image": frame},
        headers={"username": "somebody", "galleryname": "staff"},
    ),
    "001 verify": lambda old, frame: old.call(
        "POST /api/verify/", files={"image": frame}, headers={"galleryname": "staff"}
    ),
    "001 remove": lambda old, frame: old.call(
        "POST /api/remove",
        files={"image": frame},
        headers={"username": "user-0001", "galleryname": "staff"},
    ),
    "003 register": lambda old, frame: old.call(
        "POST /register/", form={"id": "somebody"}, files={"image": frame}
    ),
    "003 list": lambda old, frame: old.call("GET /register/"),
    "003 delete": lambda old, frame: old.call("DELETE /register/", form={"id": "user-0002"}),
    "003 verify": lambda old, frame: old.call(
        "POST /verify/", form={"id": "user-0001"}, files={"image": frame}
    ),
    "004 register": lambda old, frame: old.call(
        "POST /auth/register",
        json_body={"fullname": "Ada L", "username": "somebody", "password": "engine-1843"},
    ),
    "004 login": lambda old, frame: old.call(
        "POST /auth/login", json_body={"username": "user-0001", "password": "engine-1843"}
    ),
}


@pytest.mark.parametrize("name", OLDER)
def test_the_older_apis(api, stage, settings, explained, name):
    settings.FACEPLATFORM_LEGACY_DIALECTS = dict.fromkeys(DIALECTS, api.client.name)
    settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset(DIALECTS)
    answer = OLDER[name](Caller(), stage.frame("somebody"))
    assert answer.status_code < 500
    assert explained
    assert unbounded(explained) == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_lists_of_the_admin(many_rows, issued, explained, admin_client, monkeypatch, model):
    """First and second page, search and filters of each list read a few rows."""
    monkeypatch.setattr(admin_lists, "MOST_ROWS", 300)
    monkeypatch.setattr(session_admin, "_NEWEST", 300)
    assert faults_of(model, admin_client, issued.credential.client, explained) == []


def test_a_read_of_a_whole_table_is_counted(many_rows, db):
    before = rows_read()
    assert not AuditEntry.objects.filter(at__gt=timezone.now()).exists()
    assert rows_read() - before >= ROWS
