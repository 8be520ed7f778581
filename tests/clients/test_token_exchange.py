"""POST /api/core/auth/client/: an API key and secret for tokens."""

import pytest
from django.utils import timezone

from clients import credentials
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db
URL = "/api/core/auth/client/"


def exchange(key: object, secret: object):
    return anonymous().post(URL, {"api_key": key, "api_secret": secret}, format="json")


def test_the_right_pair_gives_tokens_that_work(api):
    answer = exchange(api.issued.credential.api_key, api.issued.api_secret)
    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh"}
    http = anonymous()
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    assert http.get("/api/core/status/").status_code == 200


def test_the_last_use_is_remembered(api):
    assert api.issued.credential.last_used_at is None
    exchange(api.issued.credential.api_key, api.issued.api_secret)
    api.issued.credential.refresh_from_db()
    assert api.issued.credential.last_used_at is not None


def test_every_refusal_is_one_and_the_same_answer(api, make_api, other):
    revoked, inactive = make_api("revoked"), make_api("inactive")
    revoked.issued.credential.revoked_at = timezone.now()
    revoked.issued.credential.save(update_fields=["revoked_at"])
    inactive.client.is_active = False
    inactive.client.save(update_fields=["is_active"])
    key, secret = api.issued.credential.api_key, api.issued.api_secret
    pairs = {
        "wrong secret": (key, f"{secret}x"),
        "secret of another client": (key, other.issued.api_secret),
        "the key as secret": (key, key),
        "unknown key": ("fpk_unknown", secret),
        "revoked": (revoked.issued.credential.api_key, revoked.issued.api_secret),
        "inactive": (inactive.issued.credential.api_key, inactive.issued.api_secret),
    }
    bodies = {}
    for name, pair in pairs.items():
        bodies[name] = problem(exchange(*pair), 401, "authentication_failed")
        del bodies[name]["request_id"]
    assert all(body == bodies["unknown key"] for body in bodies.values()), bodies


@pytest.mark.parametrize("present", ["api_key", "api_secret", None])
def test_missing_fields_are_named(api, present):
    body = {present: "something"} if present else {}
    answer = problem(anonymous().post(URL, body, format="json"), 400, "validation_failed")
    missing = {"api_key", "api_secret"} - {present}
    assert set(answer["errors"]) == missing
    assert all(answer["errors"][name][0]["code"] == "required" for name in missing)


def test_half_a_character_is_refused(db):
    """JSON can contain a lone surrogate, which is not text."""
    text = r'{"api_key": "\ud800", "api_secret": "s"}'
    answer = anonymous().post(URL, text, content_type="application/json")
    problem(answer, 400, "malformed")


@pytest.mark.parametrize("text", ["{", "", "not json", '{"api_key": }', "\x00", "[1,", "NaN"])
def test_malformed_json_is_refused(db, text):
    answer = anonymous().post(URL, text, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] in {"malformed", "validation_failed"}


@pytest.mark.parametrize("body", ["[]", '"text"', "3", "null", "true"])
def test_json_that_is_no_object_is_refused(db, body):
    answer = anonymous().post(URL, body, content_type="application/json")
    problem(answer, 400, "validation_failed")


@pytest.mark.parametrize("value", ["k" * 300, "nul\x00byte", "", None, [], {}, True])
def test_fields_that_cannot_be_a_key_are_refused(api, value):
    for key, secret in ((value, api.issued.api_secret), (api.issued.credential.api_key, value)):
        answer = problem(exchange(key, secret), 400, "validation_failed")
        assert len(answer["errors"]) == 1


@pytest.mark.parametrize(
    "value", ["with space", "tab\tand\nline", "\x01\x7f", "ключ", "🔑", "a" * 128]
)
def test_strange_characters_are_only_a_wrong_key(api, value):
    problem(exchange(value, api.issued.api_secret), 401, "authentication_failed")
    problem(exchange(api.issued.credential.api_key, value), 401, "authentication_failed")


def test_a_secret_is_taken_to_the_letter(api):
    key, secret = api.issued.credential.api_key, api.issued.api_secret
    problem(exchange(key, f" {secret}"), 401, "authentication_failed")
    problem(exchange(key, f"{secret} "), 401, "authentication_failed")
    problem(exchange(key, secret.swapcase()), 401, "authentication_failed")


def test_a_second_credential_works_beside_the_first(api):
    second = credentials.issue(api.client)
    for issued in (api.issued, second):
        assert exchange(issued.credential.api_key, issued.api_secret).status_code == 200
