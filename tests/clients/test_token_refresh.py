"""POST /api/core/auth/token/refresh/: new tokens for a refresh token, which is spent."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clients import tokens
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db
URL = "/api/core/auth/token/refresh/"


def refresh(token: object):
    return anonymous().post(URL, {"refresh": token}, format="json")


@pytest.fixture
def issued(api):
    return tokens.issue_tokens(api.issued.credential)


def test_it_gives_an_access_token_that_works(issued):
    answer = refresh(issued["refresh"])
    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh"}
    assert answer.json()["refresh"] != issued["refresh"]
    http = anonymous()
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    assert http.get("/api/core/status/").status_code == 200


def test_an_access_token_does_not_refresh(issued):
    problem(refresh(issued["access"]), 401, "authentication_failed")


def test_not_after_revocation(api, issued):
    api.issued.credential.revoked_at = timezone.now()
    api.issued.credential.save(update_fields=["revoked_at"])
    problem(refresh(issued["refresh"]), 401, "authentication_failed")


def test_not_for_an_inactive_client(api, issued):
    api.client.is_active = False
    api.client.save(update_fields=["is_active"])
    problem(refresh(issued["refresh"]), 401, "authentication_failed")


def test_not_after_the_client_is_deleted(api, issued):
    api.client.delete()
    problem(refresh(issued["refresh"]), 401, "authentication_failed")


def test_not_when_expired(api):
    token = tokens.ClientRefreshToken()
    token[tokens.CLAIM] = str(api.issued.credential.public_id)
    token.set_exp(lifetime=timedelta(minutes=-1))
    problem(refresh(str(token)), 401, "authentication_failed")


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "eyJ..", "…"])
def test_garbage_is_refused(db, token):
    problem(refresh(token), 401, "authentication_failed")


@pytest.mark.parametrize("token", [None, "", 5000 * "a", ["a"], {}, "nul\x00"])
def test_what_is_no_token_is_not_valid(db, token):
    answer = problem(refresh(token), 400, "validation_failed")
    assert set(answer["errors"]) == {"refresh"}
