"""Every operation of both OpenAPI documents keeps out whoever may not make it, and strangers' ids.

The recipes are compared with the documents: an operation without one fails the first test. Add it
to `tests/api/recipes.py`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from clients import credentials, tokens
from clients.tokens import ClientAccessToken
from faceplatform import signing
from faceplatform.api.callers import scopes_of
from faceplatform.api.schema_documents import MainGenerator
from faceplatform.api.scopes import Scope
from faceplatform.system.readiness_image import draw_face
from legacy.schema import LegacyGenerator
from tests.api.recipes import MAIN, OLDER, Recipe, World
from tests.stage import Api, anonymous, browser, problem

pytestmark = pytest.mark.django_db
DIALECTS = ("000", "001", "003", "004")


@dataclass(frozen=True)
class Operation:
    """An operation as its document describes it, and the view behind it."""

    method: str
    path: str
    view: Any
    needs_token: bool


def operations(generator: Any) -> dict[str, Operation]:
    made = generator()
    paths = made.get_schema(public=True)["paths"]
    found = {}
    for path, _, method, callback in made.endpoints:
        if path not in paths:  # the documents themselves
            continue
        described = paths[path][method.lower()]
        found[described["operationId"]] = Operation(
            method.lower(), path, callback.cls, bool(described["security"])
        )
    return found


@pytest.fixture(scope="module")
def main() -> dict[str, Operation]:
    return operations(MainGenerator)


@pytest.fixture
def older(settings) -> dict[str, Operation]:
    settings.FACEPLATFORM_LEGACY_DIALECTS = dict.fromkeys(DIALECTS, "acme")
    settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset()
    settings.FACEPLATFORM_LEGACY_RESET = True
    settings.FACEPLATFORM_LEGACY_COOKIE_SECURE = False
    return operations(LegacyGenerator)


@pytest.fixture
def world(api, stage) -> World:
    stage.show(draw_face())  # `ready` measures it
    return World.of(api, stage)


def bearing(token: str) -> APIClient:
    http = anonymous()
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return http


def expired(api: Api) -> str:
    access: Any = tokens.issue_tokens(api.issued.credential)["access"]
    token = ClientAccessToken(access)
    token.set_exp(lifetime=-timedelta(hours=1))
    return str(token)


def of_a_revoked_key(api: Api) -> str:
    issued = credentials.issue(api.client)
    token = tokens.issue_tokens(issued.credential)["access"]
    credentials.revoke(issued.credential)
    return token


def of_a_key_with(api: Api, scopes: set[Scope]) -> str:
    credential = credentials.issue(api.client).credential
    credential.scopes = sorted(scopes)
    credential.save(update_fields=["scopes"])
    return tokens.issue_tokens(credential)["access"]


def signed_result(api: Api) -> str:
    claims = {"iss": "faceplatform", "aud": str(api.client.public_id), "sub": "alice"}
    return signing.sign(claims, token_type="faceplatform-result+jwt")


# Tokens that open no operation that needs a client's.
BAD_TOKENS: dict[str, Callable[[Api], str]] = {
    "expired": expired,
    "revoked": of_a_revoked_key,
    "refresh": lambda api: tokens.issue_tokens(api.issued.credential)["refresh"],
    "session": lambda api: api.enrollment_token("dora"),
    "signed_result": signed_result,
    "api_secret": lambda api: api.issued.api_secret,
}


def content(answer: Any) -> bytes:
    """Return the body, a file's included."""
    return b"".join(answer) if answer.streaming else bytes(answer.content)


def shown(answer: Any) -> tuple[int, Any]:
    """Return status and body, without the request's id."""
    body = json.loads(answer.content) if answer.content else None
    if isinstance(body, dict):
        body.pop("request_id", None)
    return answer.status_code, body


def each(recipes: dict[str, Recipe], *callers: str) -> Any:
    named = [name for name, recipe in recipes.items() if recipe.caller in callers]
    return pytest.mark.parametrize("name", named)


def test_every_operation_is_covered(main, older):
    assert set(main) == set(MAIN)
    assert set(older) == set(OLDER)


def test_who_may_call_is_as_documented(main):
    open_to_all = {name for name, operation in main.items() if not operation.needs_token}
    assert open_to_all == {name for name, recipe in MAIN.items() if recipe.caller == "anybody"}


def test_any_key_may_only_read_about_itself(main):
    """Every other operation names the scopes of which a key needs one."""
    for_any_key = {
        name
        for name, operation in main.items()
        if operation.needs_token and not scopes_of(operation.view, operation.method.upper())
    }
    of_sessions = {name for name, recipe in MAIN.items() if recipe.caller == "session"}
    assert for_any_key == {"config", "info", "status"} | of_sessions


@each(MAIN, "client")
def test_no_token_and_bad_tokens(main, api, stage, name):
    operation, call = main[name], MAIN[name].call(World.unknown())
    answer = call.send(anonymous(), operation.method, operation.path)
    problem(answer, 401, "not_authenticated")
    for kind, make in BAD_TOKENS.items():
        answer = call.send(bearing(make(api)), operation.method, operation.path)
        assert problem(answer, 401, "authentication_failed"), kind


@each(MAIN, "client")
def test_a_sessions_token_opens_frames_only(main, api, stage, name):
    token = api.enrollment_token()
    operation, call = main[name], MAIN[name].call(replace(World.unknown(), open_session=token))
    answer = call.send(browser(token), operation.method, operation.path)
    if name == "process_image":
        assert api.session(token).json()["frames_received"] == 1
    else:
        problem(answer, 401, "not_authenticated")


@each(MAIN, "client")
def test_a_key_without_the_scope(main, api, stage, name):
    operation, call = main[name], MAIN[name].call(World.unknown())
    accepted = scopes_of(operation.view, operation.method.upper())
    http = bearing(of_a_key_with(api, set(Scope) - set(accepted)))
    answer = call.send(http, operation.method, operation.path)
    if accepted:
        assert problem(answer, 403, "scope_missing")["required_scopes"] == list(accepted)
    else:
        assert answer.status_code == MAIN[name].ok, answer.content


@each(MAIN, "client")
def test_another_client_learns_and_changes_nothing(main, api, other, world, name):
    operation, recipe = main[name], MAIN[name]
    theirs, unknown = recipe.call(world), recipe.call(World.unknown(world.image))
    answer = theirs.send(other.http, operation.method, operation.path)
    if theirs != unknown:
        expected = shown(unknown.send(other.http, operation.method, operation.path))
        assert shown(answer) == expected
    assert not [each for each in world.secrets() if each in content(answer).decode()]
    own = theirs.send(api.http, operation.method, operation.path)
    assert own.status_code == recipe.ok, content(own)


@each(MAIN, "session")
def test_calls_of_sessions(main, api, world, name):
    operation, recipe = main[name], MAIN[name]
    call, unknown = recipe.call(world), recipe.call(World.unknown(world.image))
    problem(
        unknown.send(anonymous(), operation.method, operation.path), 401, "authentication_failed"
    )
    problem(unknown.send(api.http, operation.method, operation.path), 401, "authentication_failed")
    valid = call.send(anonymous(), operation.method, operation.path)
    assert valid.status_code == recipe.ok, valid.content


@each(MAIN, "anybody")
def test_calls_of_everybody(main, world, name):
    operation, recipe = main[name], MAIN[name]
    call, unknown = recipe.call(world), recipe.call(World.unknown(world.image))
    if call != unknown and name != "auth_token_revoke":  # which says nothing about a token
        answer = unknown.send(anonymous(), operation.method, operation.path)
        if name == "capture_redeem":  # a link is an address, not a token
            problem(answer, 404, "capture_link_not_found")
        else:
            problem(answer, 401, "authentication_failed")
    valid = call.send(anonymous(), operation.method, operation.path)
    assert valid.status_code == recipe.ok, valid.content


@each(OLDER, "client")
def test_older_operations(older, api, other, world, name):
    operation, recipe = older[name], OLDER[name]
    call = recipe.call(world)
    refused = [anonymous(), *(bearing(make(api)) for make in BAD_TOKENS.values())]
    for http in refused:
        answer = call.send(http, operation.method, operation.path)
        assert answer.status_code == 401, answer.content
        assert answer["WWW-Authenticate"].startswith("Bearer")
    answer = call.send(other.http, operation.method, operation.path)
    assert answer.status_code == 403, answer.content
    assert not [each for each in world.secrets() if each in answer.content.decode()]
    valid = call.send(api.http, operation.method, operation.path)
    assert valid.status_code == recipe.ok, valid.content
