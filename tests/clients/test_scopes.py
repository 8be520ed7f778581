"""Every operation with a client's token needs a scope of the key; 403 names it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Credential
from faceplatform.api.scopes import Scope
from tests.clients.keys import with_key
from tests.legacy.caller import Caller
from tests.legacy.conftest import DIALECTS
from tests.stage import Api, Stage, problem
from tests.system.test_schema import generated, operations

pytestmark = pytest.mark.django_db
ENROLL, AUTHENTICATE, MANAGE = Scope.ENROLL, Scope.AUTHENTICATE, Scope.MANAGE
ANALYTICS = Scope.ANALYTICS
KIND = {"enrollment": ENROLL, "authentication": AUTHENTICATE}
Call = Callable[[Api], Any]


def _client(api: Api) -> str:
    return str(api.client.public_id)


def _credential(api: Api) -> str:
    return str(api.client.credentials.earliest("pk").public_id)


# Operation id: the scopes of which one is enough, and a call that reaches it.
OPERATIONS: dict[str, tuple[set[Scope], Call]] = {
    "authentication_open": ({AUTHENTICATE}, lambda api: api.open_authentication()),
    "enrollment_open": ({ENROLL}, lambda api: api.open_enrollment("new")),
    "enrollment_list": ({ENROLL, MANAGE}, lambda api: api.http.get("/api/auth/enrollments/")),
    "enrollment_read": ({ENROLL, MANAGE}, lambda api: api.enrollment(api.enrollment_id)),
    "enrollment_remove": ({ENROLL, MANAGE}, lambda api: api.remove(api.enrollment_id)),
    "user_read": ({ENROLL, MANAGE}, lambda api: api.http.get("/api/auth/users/alice/")),
    "status": (set(Scope), lambda api: api.http.get("/api/core/status/")),
    "client_list": ({MANAGE}, lambda api: api.http.get(reverse("client-list"))),
    "client_read": ({MANAGE}, lambda api: api.http.get(reverse("client", args=[_client(api)]))),
    "client_change": (
        {MANAGE},
        lambda api: api.http.patch(reverse("client", args=[_client(api)]), {}, format="json"),
    ),
    "client_stats": (
        {MANAGE, ANALYTICS},
        lambda api: api.http.get(reverse("client-stats", args=[_client(api)])),
    ),
    "client_reset_credentials": (
        {MANAGE},
        lambda api: api.http.post(reverse("client-reset-credentials", args=[_client(api)])),
    ),
    "credential_list": ({MANAGE}, lambda api: api.http.get(reverse("credential-list"))),
    "credential_create": (
        {MANAGE},
        lambda api: api.http.post(
            reverse("credential-list"), {"name": "new", "scopes": ["manage"]}, format="json"
        ),
    ),
    "credential_read": (
        {MANAGE},
        lambda api: api.http.get(reverse("credential", args=[_credential(api)])),
    ),
    "credential_rename": (
        {MANAGE},
        lambda api: api.http.patch(
            reverse("credential", args=[_credential(api)]), {"name": "new"}, format="json"
        ),
    ),
    "credential_revoke": (
        {MANAGE},
        lambda api: api.http.delete(reverse("credential", args=[_credential(api)])),
    ),
    "credential_rotate": (
        {MANAGE},
        lambda api: api.http.post(
            reverse("credential-rotate", args=[str(api.issued.credential.public_id)]),
            {},
            format="json",
        ),
    ),
}
# Of the other parts' operations; `tests/api/test_isolation_of_operations.py` calls each of them.
OTHERS: dict[str, set[Scope]] = {
    "audit_log_export": {ANALYTICS},
    "audit_log_head": {ANALYTICS},
    "audit_log_list": {ANALYTICS},
    "audit_log_read": {ANALYTICS},
    "analytics_dashboard": {ANALYTICS},
    "analytics_data_quality": {ANALYTICS},
    "analytics_data_quality_export": {ANALYTICS},
    "analytics_drift": {ANALYTICS},
    "analytics_face_recognition_stats": {ANALYTICS},
    "analytics_model_performance": {ANALYTICS},
    "analytics_monitoring_overview": {ANALYTICS},
    "analytics_statistics": {ANALYTICS},
    "analytics_system_metrics": {ANALYTICS},
    "analytics_user_behavior": {ANALYTICS},
    "analytics_user_behavior_users": {ANALYTICS},
    "auth_log_export": {ANALYTICS},
    "auth_log_list": {ANALYTICS},
    "auth_log_read": {ANALYTICS},
    "auth_user": {AUTHENTICATE},
    "config": set(Scope),
    "info": set(Scope),
    "capture_look_change": {MANAGE},
    "capture_look_read": {MANAGE},
    "capture_look_replace": {MANAGE},
    "client_group_add_members": {MANAGE},
    "client_group_create": {MANAGE},
    "client_group_delete": {MANAGE},
    "client_group_list": {MANAGE},
    "client_group_members": {MANAGE},
    "client_group_read": {MANAGE},
    "client_group_remove_member": {MANAGE},
    "client_receipt_list": {MANAGE},
    "client_receipt_read": {MANAGE},
    "client_user_activate": {MANAGE},
    "client_user_authentications": {MANAGE},
    "client_user_change": {MANAGE},
    "client_user_create": {MANAGE},
    "client_user_deactivate": {MANAGE},
    "client_user_enrollments": {MANAGE},
    "client_user_erase": {MANAGE},
    "client_user_list": {MANAGE},
    "client_user_read": {MANAGE, ENROLL},
    "enrollment_change": {ENROLL, MANAGE},
    "import_cancel": {MANAGE},
    "import_items": {MANAGE},
    "import_list": {MANAGE},
    "import_read": {MANAGE},
    "import_start": {MANAGE},
    "lockout_address_list": {MANAGE},
    "lockout_address_unlock": {MANAGE},
    "security_alert_export": {ANALYTICS},
    "security_alert_list": {ANALYTICS},
    "security_alert_read": {ANALYTICS},
    "security_alert_resolve": {ANALYTICS},
    "security_event_list": {ANALYTICS},
    "security_event_read": {ANALYTICS},
    "usage_list": {MANAGE, ANALYTICS},
    "user_unlock": {MANAGE},
    "webhook_clear_logs": {Scope.WEBHOOKS},
    "webhook_delivery_list": {Scope.WEBHOOKS},
    "webhook_delivery_read": {Scope.WEBHOOKS},
    "webhook_delivery_retry": {Scope.WEBHOOKS},
    "webhook_endpoint_change": {Scope.WEBHOOKS},
    "webhook_endpoint_create": {Scope.WEBHOOKS},
    "webhook_endpoint_delete": {Scope.WEBHOOKS},
    "webhook_endpoint_list": {Scope.WEBHOOKS},
    "webhook_endpoint_pause": {Scope.WEBHOOKS},
    "webhook_endpoint_read": {Scope.WEBHOOKS},
    "webhook_endpoint_regenerate_secret": {Scope.WEBHOOKS},
    "webhook_endpoint_replay": {Scope.WEBHOOKS},
    "webhook_endpoint_resume": {Scope.WEBHOOKS},
    "webhook_endpoint_stats": {Scope.WEBHOOKS},
    "webhook_endpoint_test": {Scope.WEBHOOKS},
    "webhook_event_list": {Scope.WEBHOOKS},
    "webhook_event_logs": {Scope.WEBHOOKS},
    "webhook_failed_list": {Scope.WEBHOOKS},
    "webhook_retry_failed": {Scope.WEBHOOKS},
    "webhook_stats": {Scope.WEBHOOKS},
}
NEEDED = {name: accepted for name, (accepted, _) in OPERATIONS.items()} | OTHERS
# Operations about one session need the scope of its kind.
OF_SESSIONS: dict[str, Callable[[Api, str, bytes], Any]] = {
    "process_image": lambda api, token, frame: api.post_frame(token, frame),
    "session_status": lambda api, token, _: api.session(token),
    "session_cancel": lambda api, token, _: api.cancel(token),
    "current_session_status": lambda api, token, _: api.http.get(
        "/api/auth/sessions/current/", HTTP_X_SESSION_TOKEN=token
    ),
    "session_link": lambda api, token, _: api.http.post(f"/api/auth/sessions/{token}/link/"),
    "current_session_link": lambda api, token, _: api.http.post(
        "/api/auth/sessions/current/link/", HTTP_X_SESSION_TOKEN=token
    ),
    "current_session_cancel": lambda api, token, _: api.http.delete(
        "/api/auth/sessions/current/", HTTP_X_SESSION_TOKEN=token
    ),
}


@pytest.fixture(scope="module")
def schema():
    return generated()


def by_client(schema) -> dict[str, dict]:
    """Return the operations that take a client's token, by id."""
    found = {op["operationId"]: op for _, _, op in operations(schema)}
    return {name: op for name, op in found.items() if op["security"] == [{"clientToken": []}]}


def test_the_tables_hold_every_operation_with_a_clients_token(schema):
    assert set(by_client(schema)) == {*NEEDED, *OF_SESSIONS}


@pytest.mark.parametrize("name", NEEDED)
def test_the_schema_names_the_scopes(schema, name):
    accepted = NEEDED[name]
    sentence = by_client(schema)[name]["description"].rpartition("Scope: ")[2]
    if accepted == set(Scope):
        assert sentence == "none, any API key may call."
    else:
        assert set(sentence.rstrip(".").split(" or ")) == {f"`{scope}`" for scope in accepted}


@pytest.fixture
def enrolled(api, stage):
    opened = api.enroll(stage, "alice", frames=1)
    api.enrollment_id = opened["enrollment_id"]
    return api


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_with_a_key_of_each_scope(enrolled, name, scope):
    accepted, call = OPERATIONS[name]
    caller = with_key(enrolled, scope)
    caller.enrollment_id = enrolled.enrollment_id
    answer = call(caller)
    if scope in accepted:
        assert answer.status_code < 300, answer.content
    else:
        told = problem(answer, 403, "scope_missing")
        assert set(told["required_scopes"]) == accepted
        assert all(each in told["detail"] for each in accepted)


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("kind", KIND)
@pytest.mark.parametrize("name", OF_SESSIONS)
def test_calls_about_a_session_need_the_scope_of_its_kind(api, stage: Stage, name, kind, scope):
    token = getattr(api, f"{kind}_token")()
    answer = OF_SESSIONS[name](with_key(api, scope), token, stage.frame())
    if scope is KIND[kind]:
        assert answer.status_code == (201 if name.endswith("_link") else 200), answer.content
    else:
        told = problem(answer, 403, "scope_missing")
        either = scope not in KIND.values()  # refused before the session is known
        assert told["required_scopes"] == sorted(
            {str(each) for each in KIND.values()} if either else {str(KIND[kind])},
            reverse=either,
        )
    assert api.session(token).json()["frames_received"] == (
        1 if name == "process_image" and answer.status_code == 200 else 0
    )


@pytest.mark.parametrize("path", ["", "alice/", "alice/enrollments/", "alice/authentications/"])
def test_a_gates_key_reads_no_users(enrolled, path):
    address = f"/api/clients/users/{path}"
    problem(with_key(enrolled, AUTHENTICATE).http.get(address), 403, "scope_missing")
    assert with_key(enrolled, MANAGE).http.get(address).status_code == 200
    one = with_key(enrolled, ENROLL).http.get(address)
    assert one.status_code == (200 if path == "alice/" else 403)


def test_head_needs_the_scope_of_get(enrolled):
    http = with_key(enrolled, Scope.WEBHOOKS).http
    assert http.head(f"/api/auth/enrollments/{enrolled.enrollment_id}/").status_code == 403


def test_several_scopes(api, stage):
    both = with_key(api, ENROLL, AUTHENTICATE)
    both.enroll(stage, "alice", frames=1)
    assert both.verify(stage.frame("alice"))["result"] == "success"
    problem(both.http.get(reverse("client-list")), 403, "scope_missing")


def test_a_scope_that_is_taken_away_is_missing_at_once(api):
    caller = with_key(api, ENROLL)
    assert caller.open_enrollment().status_code == 201
    Credential.objects.filter(pk=caller.issued.credential.pk).update(scopes=["manage"])
    problem(caller.open_enrollment(), 403, "scope_missing")


@pytest.mark.parametrize("stored", [[], ["everything"], ["ENROLL"], {"enroll": True}, "x"])
def test_what_is_no_scope_gives_no_right(api, stored):
    caller = with_key(api, ENROLL)
    Credential.objects.filter(pk=caller.issued.credential.pk).update(scopes=stored)
    answer = caller.open_enrollment()
    assert answer.status_code == (201 if "enroll" in stored else 403)


def test_the_holder_of_a_sessions_token_needs_no_scope(api, stage):
    from tests.stage import browser, upload

    caller = with_key(api, ENROLL)
    token = caller.enrollment_token()
    frames = browser(token)
    answer = frames.post(
        "/api/auth/sessions/current/frames/", {"image": upload(stage.frame())}, format="multipart"
    )
    assert answer.json()["frame_accepted"] is True


def test_a_kept_answer_needs_the_scope_of_its_call(api, stage):
    enrolling, frame = with_key(api, ENROLL), stage.frame()
    token = enrolling.enrollment_token()
    other = with_key(api, AUTHENTICATE)
    for caller in (enrolling, other):
        caller.also_send(HTTP_IDEMPOTENCY_KEY="once")
    assert enrolling.post_frame(token, frame).status_code == 200
    problem(other.post_frame(token, frame), 403, "scope_missing")
    assert enrolling.post_frame(token, frame)["Idempotency-Replayed"] == "true"


OLDER: dict[str, set[Scope]] = {
    "POST /api/enroll?username=bob": {ENROLL},
    "POST /api/authentificate?username=bob": {AUTHENTICATE},
    "POST /api/reset": {MANAGE},
    "POST /api/register/": {ENROLL},
    "POST /api/verify": {AUTHENTICATE},
    "POST /api/remove": {MANAGE},
    "POST /register/": {ENROLL},
    "GET /register/": {ENROLL, MANAGE},
    "DELETE /register/": {MANAGE},
    "POST /verify/": {AUTHENTICATE},
    "GET /": set(Scope),
    "GET /home": {AUTHENTICATE},
    "POST /auth/register": {ENROLL, MANAGE},
    "POST /auth/login": {AUTHENTICATE},
    "DELETE /auth/logout": {AUTHENTICATE},
    "DELETE /user/delete": {MANAGE},
}


@pytest.mark.parametrize("pair", [False, True], ids=["token", "key and secret"])
@pytest.mark.parametrize("do", OLDER)
def test_the_older_apis_need_the_scope_of_what_they_do(api, stage, settings, do, pair):
    settings.FACEPLATFORM_LEGACY_DIALECTS = dict.fromkeys(DIALECTS, api.client.name)
    settings.FACEPLATFORM_LEGACY_RESET = True
    for scope in Scope:
        caller = with_key(api, scope)
        headers = {"Authorization": caller.authorization}
        if pair:
            credential, secret = caller.issued
            headers = {"X-API-Key": credential.api_key, "X-API-Secret": secret}
        answer = Caller(**headers).call(do)
        assert (answer.status_code == 403) is (scope not in OLDER[do]), (scope, answer.content)
