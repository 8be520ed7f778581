"""Protected endpoints refuse everything but a valid access token of the client."""

import base64
import json
import uuid
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from clients import credentials, tokens
from clients.models import Client
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db
URL = "/api/auth/enrollments/"


def call(header: str):
    return anonymous().get(URL, HTTP_AUTHORIZATION=header)


def refused(header: str) -> None:
    answer = call(header)
    problem(answer, 401, "authentication_failed")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.fixture
def issued(api):
    return tokens.issue_tokens(api.issued.credential)


@pytest.fixture
def claims(issued, settings):
    """Return the claims of a valid access token."""
    return jwt.decode(issued["access"], options={"verify_signature": False})


def signed(claims: dict, settings, **options) -> str:
    options = {"key": settings.SIMPLE_JWT["SIGNING_KEY"], "algorithm": "HS256", **options}
    return jwt.encode(claims, **options)


@pytest.mark.parametrize("word", ["Bearer", "bearer", "BEARER", "bEaReR", "JWT", "jwt", "Jwt"])
def test_the_word_before_the_token(issued, word):
    assert call(f"{word} {issued['access']}").status_code == 200


def test_several_spaces_are_one(issued):
    assert call(f"Bearer    {issued['access']}  ").status_code == 200


def test_no_header_says_how_to_authenticate(db):
    answer = anonymous().get(URL)
    problem(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "JWT",
        "garbage",
        "Bearer garbage",
        "Bearer a.b.c",
        "Bearer a b",
        "Bearer\t{access}",
        "Bearer {access} {access}",
        "Bearer {access}, Bearer {access}",
        "Bearer{access}",
        "Basic {access}",
        "Token {access}",
        "{access}",
        'Bearer "{access}"',
        "Bearer {access}=",
        "Bearer {access}\x00",
        "Bearer \xff\xfe",
    ],
)
def test_garbage_headers_are_refused(issued, header):
    refused(header.format(access=issued["access"]))


def test_a_huge_header_is_refused(db):
    refused("Bearer " + "a" * 100_000)


def test_a_refresh_token_is_no_access_token(issued):
    refused(f"Bearer {issued['refresh']}")


def test_a_session_token_is_no_access_token(api, stage):
    refused(f"Bearer {api.enrollment_token()}")


def test_an_api_key_or_secret_is_no_access_token(api):
    refused(f"Bearer {api.issued.credential.api_key}")
    refused(f"Bearer {api.issued.api_secret}")


def test_expired(api):
    token = tokens.ClientAccessToken()
    token[tokens.CLAIM] = str(api.issued.credential.public_id)
    token.set_exp(lifetime=timedelta(minutes=-1))
    refused(f"Bearer {token}")


def test_a_token_that_was_accepted_before_expires(issued, monkeypatch):
    assert call(f"Bearer {issued['access']}").status_code == 200
    later = timezone.now() + timedelta(minutes=16)
    monkeypatch.setattr(tokens, "aware_utcnow", lambda: later)
    refused(f"Bearer {issued['access']}")


@pytest.mark.parametrize(("ahead", "status"), [(20, 200), (60, 401)])
def test_issued_by_a_machine_whose_clock_is_ahead(claims, settings, ahead, status):
    claims["iat"] += ahead
    assert call(f"Bearer {signed(claims, settings)}").status_code == status


def test_a_token_without_expiry(claims, settings):
    del claims["exp"]
    refused(f"Bearer {signed(claims, settings)}")


def test_the_claims_signed_anew_with_the_right_key_are_accepted(claims, settings):
    """The control for the tests below: their tokens are refused because of their changes only."""
    assert call(f"Bearer {signed(claims, settings)}").status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody else"},
        {"token_type": "access"},
        {"token_type": "client_refresh"},
        {"token_type": None},
        {tokens.CLAIM: None},
        {tokens.CLAIM: str(uuid.UUID(int=0))},
        {tokens.CLAIM: "not-a-uuid"},
        {tokens.CLAIM: 1},
        {tokens.CLAIM: ["a"]},
        {tokens.CLAIM: {"a": 1}},
        {"exp": "soon"},
    ],
)
def test_other_claims_under_the_right_signature(claims, settings, changed):
    refused(f"Bearer {signed(claims | changed, settings)}")


@pytest.mark.parametrize("missing", ["iss", "token_type", "jti", tokens.CLAIM])
def test_missing_claims_under_the_right_signature(claims, settings, missing):
    del claims[missing]
    refused(f"Bearer {signed(claims, settings)}")


def test_a_changed_signature(issued):
    head, payload, signature = issued["access"].split(".")
    other = ("A" if signature[0] != "A" else "B") + signature[1:]
    refused(f"Bearer {head}.{payload}.{other}")
    refused(f"Bearer {head}.{payload}.")
    refused(f"Bearer {head}.{payload}")


def test_a_changed_payload(issued, claims, other):
    claims[tokens.CLAIM] = str(other.issued.credential.public_id)
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    head, _, signature = issued["access"].split(".")
    refused(f"Bearer {head}.{payload}.{signature}")


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE"])
def test_no_algorithm(claims, name):
    unsigned = jwt.encode(claims, key=None, algorithm="none")
    _, payload, _ = unsigned.split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": name, "typ": "JWT"}).encode())
    refused(f"Bearer {head.decode().rstrip('=')}.{payload}.")


def test_another_algorithm_with_the_same_key(claims, settings):
    refused(f"Bearer {signed(claims, settings, algorithm='HS512')}")
    refused(f"Bearer {signed(claims, settings, algorithm='HS384')}")


def test_a_public_key_algorithm(claims, settings):
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    refused(f"Bearer {signed(claims, settings, key=pem.decode(), algorithm='RS256')}")


def test_an_rs256_head_over_an_hmac_signature(claims, settings):
    token = signed(claims, settings)
    _, payload, signature = token.split(".")
    head = base64.urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT"}').decode().rstrip("=")
    refused(f"Bearer {head}.{payload}.{signature}")


def test_another_signing_key(claims, settings):
    refused(f"Bearer {signed(claims, settings, key=settings.SECRET_KEY)}")
    refused(f"Bearer {signed(claims, settings, key='k' * 64)}")


def test_revoked_inactive_or_deleted_takes_effect_at_once(api, issued):
    header = f"Bearer {issued['access']}"
    assert call(header).status_code == 200
    api.issued.credential.revoked_at = timezone.now()
    api.issued.credential.save(update_fields=["revoked_at"])
    refused(header)
    api.issued.credential.revoked_at = None
    api.issued.credential.save(update_fields=["revoked_at"])
    assert call(header).status_code == 200
    api.client.is_active = False
    api.client.save(update_fields=["is_active"])
    refused(header)
    api.client.delete()
    refused(header)


@pytest.fixture
def superuser(db):
    return User.objects.create_superuser("root", password="a password for tests")


def test_the_stock_tokens_of_a_staff_user_are_refused(superuser, api):
    refused(f"Bearer {AccessToken.for_user(superuser)}")
    refused(f"Bearer {RefreshToken.for_user(superuser)}")
    refused(f"Bearer {RefreshToken.for_user(superuser).access_token}")


def test_a_client_with_a_superusers_number_is_never_that_user(superuser):
    client = Client.objects.create(pk=superuser.pk, name="same number")
    issued = credentials.issue(client)
    access = tokens.issue_tokens(issued.credential)["access"]
    assert call(f"Bearer {access}").status_code == 200
    assert str(superuser.pk) not in jwt.decode(access, options={"verify_signature": False}).get(
        "user_id", ""
    )
    with pytest.raises(InvalidToken):
        JWTAuthentication().get_validated_token(access.encode())


def test_a_clients_token_opens_no_admin_page(superuser):
    client = Client.objects.create(pk=superuser.pk, name="same number")
    access = tokens.issue_tokens(credentials.issue(client).credential)["access"]
    for page in ("/admin/", "/admin/clients/client/", "/admin/system/adminaccount/"):
        answer = anonymous().get(page, HTTP_AUTHORIZATION=f"Bearer {access}")
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


def test_an_admins_cookie_opens_no_api(superuser, api):
    http = anonymous()
    http.force_login(superuser)
    assert http.get("/admin/").status_code == 200
    problem(http.get(URL), 401, "not_authenticated")
