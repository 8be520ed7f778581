"""Off without a binding; bound, for that client, and for others only where the operator says so."""

import pytest
from django.utils import timezone

from clients import credentials
from tests.legacy.caller import Caller, told
from tests.stage import limit, problem

pytestmark = pytest.mark.django_db

# One call of each dialect, and its answer to an unknown caller.
CALLS = {
    "000": ("POST /api/enroll", "DecisionReason", "NOT_AUTHENTICATED"),
    "000 video": ("POST /api/authentificate", "DecisionReason", "NOT_AUTHENTICATED"),
    "000 reset": (
        "POST /api/reset",
        "msg",
        "ERROR_DETECTED : Authentication credentials were not provided.",
    ),
    "001": ("POST /api/verify", "message", "Identifiants requis."),
    "003": ("GET /register/", "error", "Authentication credentials were not provided."),
    "004": ("GET /home", "message", "Authentication credentials were not provided."),
    "004 root": ("GET /", "message", "Authentication credentials were not provided."),
}
EACH = pytest.mark.parametrize(("do", "field", "words"), CALLS.values(), ids=CALLS)
NOWHERE_ELSE = pytest.mark.parametrize("do", [do for do, *_ in CALLS.values() if do != "GET /"])


@pytest.fixture
def closed(api, bind):
    """The client that the dialects are bound to, for nobody without credentials."""
    bind(api.client, anonymous=False)
    return api


def bearer(api) -> Caller:
    return Caller(Authorization=api.http._credentials["HTTP_AUTHORIZATION"])


def key_pair(api) -> Caller:
    issued = api.issued
    return Caller(**{"X-API-Key": issued.credential.api_key, "X-API-Secret": issued.api_secret})


@NOWHERE_ELSE
def test_unbound_there_is_no_such_address(db, settings, do):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {}
    answer = Caller().call(do)
    problem(answer, 404, "not_found")
    assert "Deprecation" not in answer


@NOWHERE_ELSE
def test_one_dialect_alone(api, settings, do):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": api.client.name}
    expected = 401 if do.endswith("/register/") else 404
    assert Caller().call(do).status_code == expected


@pytest.mark.parametrize("dialects", [(), ("003",)])
def test_unbound_the_root_is_the_products(api, settings, dialects):
    settings.FACEPLATFORM_LEGACY_DIALECTS = dict.fromkeys(dialects, api.client.name)
    answer = Caller().call("GET /")
    assert answer.status_code == 200
    assert answer.json()["name"] == "Faceplatform"
    assert "message" not in answer.json()
    assert "Deprecation" not in answer


@EACH
def test_bound_and_closed_it_asks_for_credentials(closed, do, field, words):
    answer = Caller().call(do)
    assert answer.status_code == 401
    assert told(answer)[field] == words
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("caller", [bearer, key_pair])
def test_the_clients_own_credentials_are_let_in(closed, caller):
    assert told(caller(closed).call("GET /register/"))["data"] == []
    assert caller(closed).call("GET /").status_code == 200


@EACH
@pytest.mark.parametrize("caller", [bearer, key_pair])
def test_another_clients_credentials_are_refused(closed, other, caller, do, field, words):
    answer = caller(other).call(do)
    assert answer.status_code == 403
    assert field in told(answer)


@EACH
def test_another_clients_credentials_are_refused_even_where_all_may_call(
    old, other, do, field, words
):
    assert bearer(other).call(do).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic YTpi"},
        {"X-API-Key": "fpk_unknown", "X-API-Secret": "fps_unknown"},
        {"X-API-Key": "fpk_unknown"},
        {"X-API-Secret": "fps_unknown"},
        {"X-API-Key": "k" * 300, "X-API-Secret": "s" * 300},
    ],
)
def test_wrong_credentials_are_refused_even_where_all_may_call(old, headers):
    answer = Caller(**headers).call("GET /register/")
    assert answer.status_code == 401
    assert list(told(answer)) == ["error"]


def test_a_key_without_its_secret_is_nothing(closed):
    answer = Caller(**{"X-API-Key": closed.issued.credential.api_key}).call("GET /register/")
    assert answer.status_code == 401


def test_guessing_secrets_is_throttled(closed):
    guess = Caller(**{"X-API-Key": "fpk_some", "X-API-Secret": "fps_guess"})
    answers = [guess.call("GET /register/") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert list(told(answers[-1])) == ["error"]
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_revoked_key_is_refused(closed):
    caller = key_pair(closed)
    credential = closed.issued.credential
    credential.revoked_at = timezone.now()
    credential.save(update_fields=["revoked_at"])
    assert caller.call("GET /register/").status_code == 401


def test_anonymous_is_allowed_dialect_by_dialect(api, bind, settings):
    bind(api.client)
    settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset({"003"})
    assert Caller().call("GET /register/").status_code == 200
    assert Caller().call("GET /").status_code == 401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost"])
def test_a_page_of_another_site_cannot_call_through_its_visitors_browser(old, origin):
    assert old.call("POST /api/reset", headers={"Origin": origin}).status_code == 401


PROXIED = {
    "Forwarded": "for=203.0.113.9",
    "Via": "1.1 nginx",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Host": "faces.example",
    "X-Forwarded-Proto": "https",
    "X-Real-IP": "203.0.113.9",
    "CF-Connecting-IP": "203.0.113.9",
    "True-Client-IP": "203.0.113.9",
}


@pytest.mark.parametrize("header", PROXIED)
def test_nobody_calls_anonymously_through_a_proxy_that_the_operator_does_not_know(old, header):
    """`make run` opens the older APIs on loopback; a proxy would open them to strangers."""
    answer = old.call("POST /api/reset", headers={header: PROXIED[header]})
    assert answer.status_code == 401


def test_through_a_known_proxy_the_operator_decides(old, settings):
    settings.FACEPLATFORM_TRUSTED_PROXIES = 1
    answer = old.call("POST /api/reset", headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 200


def test_a_page_of_this_site_may(old):
    assert old.call("POST /api/reset", headers={"Origin": "http://testserver"}).status_code == 200


def test_a_client_may_be_named_by_its_id(api, settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": str(api.client.public_id)}
    assert bearer(api).call("GET /register/").status_code == 200


@pytest.mark.parametrize("named", ["nobody", "b7b1c9b6-6f6b-4f3a-9a53-0c1f5a2b7e44"])
def test_a_missing_client_is_no_open_door(db, settings, named):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": named}
    settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset({"003"})
    answer = Caller().call("GET /register/")
    assert (answer.status_code, told(answer)) == (
        503,
        {"error": "The client is missing or switched off"},
    )


def test_a_client_that_is_switched_off_is_not_served(old, api):
    api.client.is_active = False
    api.client.save(update_fields=["is_active"])
    assert old.call("GET /register/").status_code == 503


def test_what_a_view_offers_is_not_described(old):
    answer = old.call("OPTIONS /register/")
    assert answer.status_code == 405
    assert list(told(answer)) == ["error"]


def test_the_older_apis_count_towards_the_callers_throttle(closed):
    limit(closed, calls_per_minute=2)
    caller = bearer(closed)
    statuses = [caller.call("GET /register/").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_further_keys_work_beside_the_first(closed):
    closed.issued = credentials.issue(closed.client)
    assert key_pair(closed).call("GET /register/").status_code == 200
