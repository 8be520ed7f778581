"""A signed result as another service receives it: verified by itself, from the published keys."""

import base64
import threading
from datetime import timedelta

import jwt
import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from authentication.models import AuthenticationSession
from clients.services import find_subject
from clients.users.erasure import erase_subject
from faceplatform.env import NAMES
from tests.stage import anonymous, browser, problem

pytestmark = pytest.mark.django_db

NEW, OLD = (
    f"{name}:{base64.b64encode(name[:1].encode() * 32).decode()}" for name in ("new", "old")
)
TYPE = "faceplatform-result+jwt"


@pytest.fixture
def api(make_api, stage):
    """One enrolled user; an authentication is decided by one frame."""
    api = make_api(probe_frames=1)
    api.enroll(stage, "alice")
    return api


@pytest.fixture
def finished(api, stage):
    """A function that authenticates alice; it returns the session's token."""

    def finish(user_id="alice", person="alice", **fields):
        token = api.authentication_token(user_id, **fields)
        api.post_frame(token, stage.frame(person))
        return token

    return finish


def exchange(api, token, **headers):
    return api.http.post("/api/core/auth/user/", {"session_token": token}, format="json", **headers)


def published():
    return anonymous().get("/.well-known/jwks.json")


def verify(token, *, audience, issuer="faceplatform"):
    """Verify a result as an independent service does. It knows the published keys only."""
    header = jwt.get_unverified_header(token)
    assert header["typ"] == TYPE
    keys = jwt.PyJWKSet.from_dict(published().json())
    required = ["iss", "aud", "sub", "iat", "nbf", "exp", "jti"]
    return jwt.decode(
        token,
        keys[header["kid"]].key,
        algorithms=["EdDSA"],
        audience=str(audience),
        issuer=issuer,
        options={"require": required},
    )


def test_a_verification(api, finished):
    answer = exchange(api, finished(nonce="n-0S6_WzA2Mj"))
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"result_token", "token_type", "expires_at"}
    assert body["token_type"] == TYPE
    claims = verify(body["result_token"], audience=api.client.public_id)
    session = AuthenticationSession.objects.get()
    assert claims.pop("exp") - claims["iat"] == 300
    assert claims.pop("nbf") == claims.pop("iat")
    assert claims.pop("auth_time") == int(session.finished_at.timestamp())
    assert len(claims.pop("jti")) == 36
    assert claims == {
        "iss": "faceplatform",
        "aud": str(api.client.public_id),
        "sub": "alice",
        "session_id": str(session.public_id),
        "session_type": "verification",
        "decision": "success",
        "sandbox": False,
        "liveness": {"methods": [], "verified": None, "nets": []},
        "operating_point": {"fmr": 0.0001, "threshold": 0.667},
        "model": dict(
            zip(("name", "version", "alignment"), session.model_key.split("/"), strict=True)
        ),
        "nonce": "n-0S6_WzA2Mj",
    }


def test_an_identification_without_a_nonce(api, finished):
    token = exchange(api, finished(None)).json()["result_token"]
    claims = verify(token, audience=api.client.public_id)
    assert (claims["session_type"], claims["sub"]) == ("identification", "alice")
    assert "nonce" not in claims


def test_liveness_that_ran(make_api, stage):
    api = make_api(probe_frames=1, liveness="passive")
    api.enroll(stage)
    token = api.authentication_token("alice")
    api.post_frame(token, stage.frame("alice"))
    claims = verify(exchange(api, token).json()["result_token"], audience=api.client.public_id)
    assert claims["liveness"] == {
        "methods": ["passive"],
        "verified": True,
        "nets": ["minifasnet"],
    }


def test_it_is_good_for_its_client_and_issuer_only(api, other, finished):
    token = exchange(api, finished()).json()["result_token"]
    with pytest.raises(jwt.InvalidAudienceError):
        verify(token, audience=other.client.public_id)
    with pytest.raises(jwt.InvalidIssuerError):
        verify(token, audience=api.client.public_id, issuer="https://faces.example.com")


def test_settings_of_the_issuer(api, finished, settings):
    settings.FACEPLATFORM_RESULT_ISSUER = "https://faces.example.com"
    settings.FACEPLATFORM_RESULT_SECONDS = 60
    token = exchange(api, finished()).json()["result_token"]
    claims = verify(token, audience=api.client.public_id, issuer="https://faces.example.com")
    assert claims["exp"] - claims["iat"] == 60
    assert {f"FACEPLATFORM_RESULT_{name}" for name in ("ISSUER", "SECONDS", "KEYS")} <= NAMES


def test_once(api, finished):
    token = finished()
    assert exchange(api, token).status_code == 200
    problem(exchange(api, token), 409, "result_already_exchanged")


def test_a_lost_answer_is_given_again(api, finished):
    token = finished()
    first, second = (exchange(api, token, HTTP_IDEMPOTENCY_KEY="a" * 20) for _ in range(2))
    assert second.json() == first.json()
    assert second["Idempotency-Replayed"] == "true"


def test_only_shortly_after_its_end(api, finished, settings):
    token = finished()
    ended = timezone.now() - timedelta(seconds=settings.FACEPLATFORM_RESULT_EXCHANGE_SECONDS + 1)
    AuthenticationSession.objects.update(finished_at=ended)
    problem(exchange(api, token), 409, "result_too_old")


def test_open_and_unsuccessful_ones(api, finished):
    problem(exchange(api, api.authentication_token("alice")), 409, "authentication_not_finished")
    problem(exchange(api, finished(person="mallory")), 409, "authentication_not_successful")
    cancelled = api.authentication_token("alice")
    api.cancel(cancelled)
    problem(exchange(api, cancelled), 409, "authentication_not_successful")


def test_unknown_and_foreign_ones_are_alike(api, other, finished):
    token = finished()
    bodies = [
        problem(exchange(*call), 404, "session_not_found")
        for call in (
            (other, token),
            (api, "aut_" + "x" * 43),
            (api, "nothing"),
            (api, api.enrollment_token("bob")),
        )
    ]
    for body in bodies:
        body.pop("request_id")
    assert bodies.count(bodies[0]) == len(bodies)
    assert exchange(api, token).status_code == 200  # the stranger's try changed nothing


def test_a_user_who_was_deactivated(api, finished):
    token = finished()
    subject = find_subject(api.client, "alice")
    subject.is_active = False
    subject.save(update_fields=["is_active"])
    problem(exchange(api, token), 403, "user_inactive")


def test_a_user_whose_retention_has_ended(api, finished):
    token = finished()
    subject = find_subject(api.client, "alice")
    subject.expires_at = timezone.now()
    subject.save(update_fields=["expires_at"])
    problem(exchange(api, token), 403, "user_expired")


@pytest.mark.parametrize("user_id", ["alice", None])
def test_a_user_who_was_erased(api, finished, user_id):
    token = finished(user_id)
    erase_subject(find_subject(api.client, "alice"))
    assert exchange(api, token).status_code == 404


def test_a_session_token_does_not_exchange_itself(api, finished):
    token = finished()
    answer = browser(token).post("/api/core/auth/user/", {"session_token": token}, format="json")
    problem(answer, 401, "not_authenticated")


@pytest.mark.parametrize("nonce", ["", "n" * 129, "two words", "ein Ä", "a\n", 1.5, None, ["a"]])
def test_unusable_nonces(api, nonce):
    problem(api.open_authentication("alice", nonce=nonce), 400, "validation_failed")


def test_the_longest_nonce(api, finished):
    token = exchange(api, finished(nonce="~" * 128)).json()["result_token"]
    assert verify(token, audience=api.client.public_id)["nonce"] == "~" * 128


def test_the_keys_are_public_and_kept_for_a_while(db):
    answer = published()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "public, max-age=300"
    (key,) = answer.json()["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "alg", "use"}  # `d` is the private half


def test_rotation(api, finished, settings):
    settings.FACEPLATFORM_RESULT_KEYS = [OLD, NEW]  # the new one is published before it signs
    before = exchange(api, finished()).json()["result_token"]
    settings.FACEPLATFORM_RESULT_KEYS = [NEW, OLD]
    after = exchange(api, finished()).json()["result_token"]
    kids = [jwt.get_unverified_header(token)["kid"] for token in (before, after)]
    assert kids == ["old", "new"]
    for token in (before, after):
        assert verify(token, audience=api.client.public_id)["sub"] == "alice"
    settings.FACEPLATFORM_RESULT_KEYS = [NEW]
    assert verify(after, audience=api.client.public_id)["sub"] == "alice"
    with pytest.raises(KeyError):
        verify(before, audience=api.client.public_id)


def test_a_result_opens_nothing(api, finished):
    token = exchange(api, finished()).json()["result_token"]
    caller = anonymous()
    caller.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    problem(caller.get("/api/core/status/"), 401, "authentication_failed")
    refresh = {"refresh": token}
    problem(caller.post("/api/core/auth/token/refresh/", refresh), 401, "authentication_failed")
    frames = "/api/auth/sessions/current/frames/"
    problem(browser(token).post(frames, {}), 401, "authentication_failed")


def test_other_tokens_are_no_results(api):
    access = api.authorization.removeprefix("Bearer ")
    assert jwt.get_unverified_header(access)["typ"] != TYPE
    keys = jwt.PyJWKSet.from_dict(published().json()).keys
    with pytest.raises(jwt.InvalidAlgorithmError):
        jwt.decode(access, keys[0].key, algorithms=["EdDSA"], options={"verify_aud": False})


@pytest.mark.django_db(transaction=True)
def test_simultaneous_exchanges_give_one_result(api, finished):
    token = finished()
    cache.clear()
    start, answers = threading.Barrier(8), []

    def call():
        start.wait()
        try:
            answers.append(exchange(api, token).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + 7 * [409]
