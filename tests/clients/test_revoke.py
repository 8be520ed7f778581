"""Revoking a credential ends the sessions it opened; deactivating a client ends all of its."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.models import RestrictedError
from django.test import Client as Browser
from django.utils import timezone
from rest_framework.test import APIClient

from authentication.models import AuthenticationSession, ProbeSample
from clients import credentials, services, tokens
from clients.models import Client, Credential
from enrollment.models import EnrollmentSample, EnrollmentSession, FaceTemplate
from faceplatform.events import SessionEnded
from tests.stage import Api, anonymous, browser, problem, upload

pytestmark = pytest.mark.django_db
KINDS = ["enrollment_token", "authentication_token"]


@pytest.fixture
def second(api) -> Api:
    """Return the same client with another credential."""
    issued = credentials.issue(api.client)
    http = APIClient(raise_request_exception=False)
    access = tokens.issue_tokens(issued.credential)["access"]
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return Api(http=http, client=api.client, issued=issued)


@pytest.fixture
def admin(db):
    browser = Browser()
    browser.force_login(User.objects.create_superuser("root", password="a password for tests"))
    return browser


def by_admin(api, admin) -> None:
    page = f"/admin/clients/client/{api.client.pk}/credentials/{api.issued.credential.pk}/revoke/"
    assert admin.post(page).status_code == 302


def by_command(api, admin) -> None:
    call_command("revoke_credential", api.issued.credential.api_key, stdout=StringIO())


def by_service(api, admin) -> None:
    credentials.revoke(api.issued.credential)


def past_the_product(api, admin) -> None:
    Credential.objects.filter(pk=api.issued.credential.pk).update(revoked_at=timezone.now())


SWEPT = [by_admin, by_command, by_service]
EVERY_WAY = [*SWEPT, past_the_product]


def endings(heard) -> list[SessionEnded]:
    return [event for event in heard if isinstance(event, SessionEnded)]


def post(token: str, data: bytes):
    frame = {"image": upload(data)}
    return browser(token).post("/api/auth/process-image/", frame, format="multipart")


@pytest.mark.parametrize("revoke", EVERY_WAY)
@pytest.mark.parametrize("kind", KINDS)
def test_no_frame_is_taken_any_more(api, second, stage, admin, heard, kind, revoke):
    token = getattr(api, kind)()
    assert post(token, stage.frame()).json()["frame_accepted"] is True
    revoke(api, admin)
    measured = []
    stage.meanwhile = lambda: measured.append(1)
    for answer in (post(token, stage.frame()), second.post_frame(token, stage.frame())):
        body = problem(answer, 409, "session_finished")
        assert (body["session_status"], body["reason"]) == ("cancelled", "credential_revoked")
    problem(api.post_frame(token, stage.frame()), 401, "authentication_failed")
    assert measured == []
    status = second.session(token).json()
    assert (status["status"], status["reason"]) == ("cancelled", "credential_revoked")
    assert status["frames_received"] == 1
    assert not EnrollmentSample.objects.exists()
    assert not ProbeSample.objects.exists()
    assert [(event.status, event.reason) for event in endings(heard)] == [
        ("cancelled", "credential_revoked")
    ]


@pytest.mark.parametrize("revoke", SWEPT)
def test_they_end_at_once(api, second, stage, admin, heard, revoke):
    """Even those to which nobody posts any more."""
    api.enroll(stage, "bob")
    for kind in KINDS:
        post(getattr(api, kind)(), stage.frame())
    revoke(api, admin)
    assert [event.reason for event in endings(heard)] == ["enrolled", *["credential_revoked"] * 2]
    assert not EnrollmentSample.objects.exists()
    assert not ProbeSample.objects.exists()
    assert second.verify(stage.frame("bob"), "bob")["result"] == "success"


@pytest.mark.parametrize("kind", KINDS)
def test_a_reader_sees_it_before_the_session_was_ended(api, second, stage, admin, kind):
    token = getattr(api, kind)()
    past_the_product(api, admin)
    assert second.session(token).json()["reason"] == "credential_revoked"
    for row in second.http.get("/api/auth/enrollments/").json()["results"]:
        assert (row["status"], row["reason"]) == ("cancelled", "credential_revoked")
    problem(second.cancel(token), 409, "session_finished")


@pytest.mark.parametrize("kind", KINDS)
def test_while_a_frame_is_measured(api, stage, kind):
    token = getattr(api, kind)()
    stage.meanwhile = lambda: credentials.revoke(api.issued.credential)
    body = problem(post(token, stage.frame()), 409, "session_finished")
    assert body["reason"] == "credential_revoked"
    assert not FaceTemplate.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_session_opened_by_a_call_that_was_let_in_before(api, stage, kind):
    """The call's token was valid when it was checked; the session is written later."""
    token = getattr(api, kind)()
    for model in (EnrollmentSession, AuthenticationSession):
        rows = list(model.objects.all())
        model.objects.all().delete()
        credentials.revoke(api.issued.credential)
        model.objects.bulk_create(rows)
    body = problem(post(token, stage.frame()), 409, "session_finished")
    assert body["reason"] == "credential_revoked"


@pytest.mark.parametrize("kind", KINDS)
def test_another_credentials_sessions_go_on(api, second, stage, kind):
    token = getattr(second, kind)()
    credentials.revoke(api.issued.credential)
    assert post(token, stage.frame()).json()["frame_accepted"] is True
    assert second.post_frame(token, stage.frame()).json()["frame_accepted"] is True


def test_another_clients_sessions_go_on(api, other, stage):
    token = other.enrollment_token()
    credentials.revoke(api.issued.credential)
    services.switch_off(api.client)
    assert post(token, stage.frame()).json()["frame_accepted"] is True


def test_what_has_ended_stays_as_it_ended(api, second, stage, heard):
    enrolled = api.enroll(stage, "alice")
    credentials.revoke(api.issued.credential)
    assert second.session(enrolled["session_token"]).json()["reason"] == "enrolled"
    assert second.verify(stage.frame("alice"))["result"] == "success"
    assert [event.reason for event in endings(heard)] == ["enrolled", "matched"]


def test_twice_keeps_the_first_time(api):
    at = datetime(2026, 1, 31, tzinfo=UTC)
    Credential.objects.update(revoked_at=at)
    credentials.revoke(api.issued.credential)
    assert Credential.objects.get().revoked_at == api.issued.credential.revoked_at == at


def test_no_tokens_are_given_for_it(api):
    pair = {"api_key": api.issued.credential.api_key, "api_secret": api.issued.api_secret}
    credentials.revoke(api.issued.credential)
    answer = anonymous().post("/api/core/auth/client/", pair, format="json")
    problem(answer, 401, "authentication_failed")


def test_the_command_says_so(api):
    out = StringIO()
    call_command("revoke_credential", api.issued.credential.api_key, stdout=out)
    assert out.getvalue().startswith("Revoked since 20")
    with pytest.raises(CommandError, match="no such API key"):
        call_command("revoke_credential", "fpk_unknown")


def test_a_credential_is_not_deleted_from_under_its_sessions(api):
    api.enrollment_token()
    with pytest.raises(RestrictedError):
        api.issued.credential.delete()


def test_a_client_is_deleted_with_its_credentials_and_sessions(api, stage):
    api.enroll(stage, "alice")
    api.verify(stage.frame("alice"))
    api.enrollment_token("bob")
    api.client.delete()
    for model in (Client, Credential, EnrollmentSession, AuthenticationSession):
        assert not model.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_that_was_switched_off_in_the_admin(api, stage, admin, heard, kind):
    token = getattr(api, kind)()
    post(token, stage.frame())
    form = {"name": api.client.name, "tier": "standard", "time_zone": "UTC"}
    form |= {"credentials-TOTAL_FORMS": "0", "credentials-INITIAL_FORMS": "0"}
    assert admin.post(f"/admin/clients/client/{api.client.pk}/change/", form).status_code == 302
    problem(post(token, stage.frame()), 401, "authentication_failed")
    problem(api.session(token), 401, "authentication_failed")
    assert [(event.status, event.reason) for event in endings(heard)] == [
        ("cancelled", "client_inactive")
    ]
    # Activated again: the sessions that were open before stay ended.
    Client.objects.update(is_active=True)
    assert problem(post(token, stage.frame()), 409, "session_finished")["reason"] == (
        "client_inactive"
    )
    assert not EnrollmentSample.objects.exists()
    assert not ProbeSample.objects.exists()


def test_a_client_switched_off_while_a_frame_is_measured(api, stage):
    api.enroll(stage, "alice")
    token = api.authentication_token("alice")
    stage.meanwhile = lambda: services.switch_off(api.client)
    assert post(token, stage.frame()).status_code == 409
    assert AuthenticationSession.objects.get().reason == "client_inactive"
