"""Refresh tokens can be used once: a second use ends all tokens of the exchange."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import jwt
import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from clients import credentials, families, tokens
from clients.models import Credential, TokenFamily
from faceplatform.events import SecurityAlert
from faceplatform.sessions.tasks import expire_sessions
from tests.clients.keys import exchange
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db
BASE = "/api/core/auth/token/"


def refresh(token: str):
    return anonymous().post(f"{BASE}refresh/", {"refresh": token}, format="json")


def verify(token: str):
    return anonymous().post(f"{BASE}verify/", {"token": token}, format="json")


def revoke(token: str):
    return anonymous().post(f"{BASE}revoke/", {"token": token}, format="json")


def call(access: str):
    return anonymous().get("/api/core/status/", HTTP_AUTHORIZATION=f"Bearer {access}")


def claims(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


@pytest.fixture
def issued(api) -> dict[str, str]:
    return exchange(api.issued.credential.api_key, api.issued.api_secret).json()


@pytest.fixture
def clock(monkeypatch):
    """Replace the clock by one that only moves when told."""
    now = [timezone.now()]
    monkeypatch.setattr(timezone, "now", lambda: now[0])

    def advance(seconds: float) -> datetime:
        now[0] += timedelta(seconds=seconds)
        return now[0]

    return advance


def test_tokens_follow_each_other(issued):
    seen = {issued["refresh"]}
    for _ in range(4):
        issued = refresh(issued["refresh"]).json()
        assert call(issued["access"]).status_code == 200
        seen.add(issued["refresh"])
    assert len(seen) == 5
    assert TokenFamily.objects.count() == 2  # the other one is the fixture's own


def test_an_earlier_access_token_stays_valid(issued):
    refresh(issued["refresh"])
    assert call(issued["access"]).status_code == 200


@pytest.mark.parametrize("uses_between", [0, 1, 3])
def test_a_second_use_ends_the_family(api, issued, heard, uses_between):
    newest = refresh(issued["refresh"]).json()
    accesses = [issued["access"], newest["access"]]
    for _ in range(uses_between):
        newest = refresh(newest["refresh"]).json()
        accesses.append(newest["access"])
    problem(refresh(issued["refresh"]), 401, "authentication_failed")
    problem(refresh(newest["refresh"]), 401, "authentication_failed")
    for access in accesses:
        problem(call(access), 401, "authentication_failed")
    (alert,) = (event for event in heard if isinstance(event, SecurityAlert))
    assert (alert.client_id, alert.alert) == (api.client.pk, "refresh_token_reused")
    assert alert.detail == {"credential_id": str(api.issued.credential.public_id)}


def test_the_alert_is_logged_once_it_is_committed(
    api, issued, caplog, django_capture_on_commit_callbacks
):
    refresh(issued["refresh"])
    with django_capture_on_commit_callbacks(execute=True):
        refresh(issued["refresh"])
    (line,) = (r.getMessage() for r in caplog.records if r.name == "clients.alerts")
    assert line.startswith(f"Security alert refresh_token_reused of client {api.client.pk}: ")
    assert issued["refresh"] not in line


def test_other_exchanges_go_on(api, issued):
    another = tokens.issue_tokens(api.issued.credential)
    refresh(issued["refresh"])
    refresh(issued["refresh"])
    assert call(another["access"]).status_code == 200
    assert refresh(another["refresh"]).status_code == 200
    pair = api.issued.credential.api_key, api.issued.api_secret
    assert exchange(*pair).status_code == 200


def test_a_family_does_not_live_longer_than_its_first_refresh_token(issued, clock):
    clock(3600)
    later = refresh(issued["refresh"]).json()
    assert claims(later["refresh"])["exp"] == claims(issued["refresh"])["exp"]


@pytest.mark.parametrize(("grace", "after", "status"), [(10, 9, 200), (10, 10, 401), (0, 0, 401)])
def test_a_repeated_call_within_the_time_of_grace(issued, settings, clock, grace, after, status):
    settings.FACEPLATFORM_REFRESH_GRACE_SECONDS = grace
    first = refresh(issued["refresh"]).json()
    clock(after)
    again = refresh(issued["refresh"])
    assert again.status_code == status
    if status == 200:  # no second successor: both answers have the one that counts
        assert claims(again.json()["refresh"])["jti"] == claims(first["refresh"])["jti"]
        assert refresh(first["refresh"]).status_code == 200


def test_grace_is_for_the_last_spent_token_alone(issued, settings, clock):
    settings.FACEPLATFORM_REFRESH_GRACE_SECONDS = 10
    second = refresh(issued["refresh"]).json()
    third = refresh(second["refresh"]).json()
    problem(refresh(issued["refresh"]), 401, "authentication_failed")
    problem(call(third["access"]), 401, "authentication_failed")


def test_grace_is_off_by_default(settings):
    assert settings.FACEPLATFORM_REFRESH_GRACE_SECONDS == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("at_once", [2, 8])
def test_of_simultaneous_uses_one_is_the_first(api, issued, heard, monkeypatch, at_once):
    barrier, look = Barrier(at_once, timeout=60), tokens.holder_of

    def holder_of(token):
        holder = look(token)
        barrier.wait()  # all have passed the check of the family
        return holder

    def answered(_) -> int:
        try:
            return int(refresh(issued["refresh"]).status_code)
        finally:
            cache.close()
            connection.close()

    monkeypatch.setattr(tokens, "holder_of", holder_of)
    with ThreadPoolExecutor(at_once) as pool:
        told = Counter(pool.map(answered, range(at_once)))
    assert told == {200: 1, 401: at_once - 1}
    assert len([event for event in heard if isinstance(event, SecurityAlert)]) == 1
    monkeypatch.undo()
    problem(call(issued["access"]), 401, "authentication_failed")


def test_verify_describes_a_token(api, issued):
    for kind in ("access", "refresh"):
        answer = verify(issued[kind])
        assert answer.status_code == 200
        told = answer.json()
        expires_at = datetime.fromisoformat(told.pop("expires_at"))
        assert expires_at.timestamp() == claims(issued[kind])["exp"]
        assert told == {
            "valid": True,
            "token_type": kind,
            "client_id": str(api.client.public_id),
            "scopes": ["analytics", "authenticate", "enroll", "manage", "webhooks"],
        }
    assert refresh(issued["refresh"]).status_code == 200  # verifying did not use it


def test_verify_tells_a_keys_scopes(api):
    issued = credentials.issue(api.client, scopes=["enroll"])
    answer = verify(tokens.issue_tokens(issued.credential)["access"])
    assert answer.json()["scopes"] == ["enroll"]


def test_a_spent_refresh_token_is_not_valid_and_asking_ends_nothing(issued):
    newer = refresh(issued["refresh"]).json()
    problem(verify(issued["refresh"]), 401, "authentication_failed")
    assert verify(newer["refresh"]).status_code == 200
    assert call(newer["access"]).status_code == 200


@pytest.mark.parametrize("text", ["garbage", "a.b.c", "…", "enr_abc", "fps_abc"])
def test_what_is_no_token(db, text):
    problem(verify(text), 401, "authentication_failed")
    assert revoke(text).status_code == 200


@pytest.mark.parametrize("value", [None, "", 5000 * "a", ["a"], {}, "nul\x00"])
def test_what_cannot_be_a_token(db, value):
    for ask in (verify, revoke):
        told = problem(ask(value), 400, "validation_failed")
        assert set(told["errors"]) == {"token"}


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_revoking_any_token_ends_its_family(api, issued, heard, kind):
    other = tokens.issue_tokens(api.issued.credential)
    newer = refresh(issued["refresh"]).json()
    assert revoke(newer[kind]).status_code == 200
    assert revoke(newer[kind]).status_code == 200
    for access in (issued["access"], newer["access"]):
        problem(call(access), 401, "authentication_failed")
    for token in newer.values():
        problem(verify(token), 401, "authentication_failed")
    problem(refresh(newer["refresh"]), 401, "authentication_failed")
    assert call(other["access"]).status_code == 200
    assert not [event for event in heard if isinstance(event, SecurityAlert)]


def test_the_answer_to_revoke_is_empty(issued):
    for token in (issued["access"], "unknown"):
        assert revoke(token).content == b""


def ended(api, how: str) -> None:
    now = timezone.now()
    if how == "client off":
        api.client.is_active = False
        api.client.save(update_fields=["is_active"])
    else:
        field = {"revoked": "revoked_at", "expired": "expires_at"}[how]
        Credential.objects.filter(pk=api.issued.credential.pk).update(**{field: now})


@pytest.mark.parametrize("how", ["revoked", "expired", "client off"])
def test_no_token_of_a_credential_that_has_ended(api, issued, how):
    assert call(issued["access"]).status_code == 200
    ended(api, how)
    problem(call(issued["access"]), 401, "authentication_failed")
    problem(refresh(issued["refresh"]), 401, "authentication_failed")
    for token in issued.values():
        problem(verify(token), 401, "authentication_failed")
    pair = api.issued.credential.api_key, api.issued.api_secret
    problem(exchange(*pair), 401, "authentication_failed")


def test_tokens_from_before_families_are_refused(api, issued):
    token = tokens.ClientAccessToken()
    token[tokens.CLAIM] = str(api.issued.credential.public_id)
    problem(call(str(token)), 401, "authentication_failed")


def test_a_family_of_another_credential_gives_no_access(api, other, issued):
    """Two valid claims that do not belong together, under the right signature."""
    token = tokens.ClientAccessToken()
    token[tokens.CLAIM] = str(other.issued.credential.public_id)
    token[tokens.FAMILY] = claims(issued["access"])[tokens.FAMILY]
    problem(call(str(token)), 401, "authentication_failed")


def test_rows_are_removed_when_no_token_can_be_valid(api, issued, clock):
    last = TokenFamily.objects.latest("pk").expires_at - timezone.now()
    clock(last.total_seconds() + 15 * 60)  # an access token of the last second
    expire_sessions()
    assert TokenFamily.objects.exists()
    clock(31)
    expire_sessions()
    assert not TokenFamily.objects.exists()


def test_a_bounded_number_of_them_at_a_time(api, clock):
    for _ in range(4):
        tokens.issue_tokens(api.issued.credential)
    clock(40 * 24 * 3600)
    assert families.remove_expired(limit=3) == 3
    assert families.remove_expired(limit=3) == 2


def test_no_row_holds_a_token(issued):
    rows = str(list(TokenFamily.objects.values()))
    for token in issued.values():
        assert token not in rows
        assert token.rpartition(".")[2] not in rows
