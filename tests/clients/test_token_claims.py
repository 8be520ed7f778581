"""Any claims and header with any signature are either a token that works, or 401."""

import base64
import json
from typing import Any

import jwt
import pytest
from jwt.utils import base64url_encode

from clients import tokens
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db
URL, REFRESH = "/api/core/status/", "/api/core/auth/token/refresh/"

NUMBERS: list[Any] = [
    0,
    -1,
    1,
    2**31,
    2**53,
    2**63,
    10**11,
    10**12,
    10**20,
    10**400,
    -(10**20),
    1e308,
    -1e308,
    1e18,
    0.5,
    float("nan"),
    float("inf"),
    float("-inf"),
]
OTHERS: list[Any] = [
    None,
    True,
    False,
    "",
    "0",
    "1e999",
    "soon",
    "9" * 400,
    "\x00",
    "\ud800",
    [],
    [1],
    {},
    {"a": 1},
]
CLAIMS = ["exp", "iat", "nbf", "iss", "sub", "aud", "jti", "token_type", tokens.CLAIM]
HEADS: list[Any] = [
    {},
    [],
    None,
    "HS256",
    {"alg": None},
    {"alg": ["HS256"]},
    {"alg": {"a": 1}},
    {"alg": 1},
    {"alg": "HS256", "kid": 1},
    {"alg": "HS256", "crit": ["exp"]},
    {"alg": "HS256", "b64": False},
    {"alg": "HS256", "typ": []},
    {"alg": "\ud800"},
]


@pytest.fixture
def issued(api):
    return tokens.issue_tokens(api.issued.credential)


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def sealed(head: Any, payload: bytes, settings) -> str:
    """Signed with the right key, whatever it says."""
    signed = b".".join(base64url_encode(part) for part in (json.dumps(head).encode(), payload))
    algorithm = jwt.get_algorithm_by_name("HS256")
    key = algorithm.prepare_key(settings.SIMPLE_JWT["SIGNING_KEY"])
    return b".".join((signed, base64url_encode(algorithm.sign(signed, key)))).decode()


def refused(token: str, what: object) -> None:
    answer = anonymous().get(URL, HTTP_AUTHORIZATION=f"Bearer {token}")
    assert answer.status_code == 401, (what, answer.content)
    problem(answer, 401, "authentication_failed")


def never_breaks(token: str, what: object) -> None:
    calls = [
        anonymous().get(URL, HTTP_AUTHORIZATION=f"Bearer {token}"),
        anonymous().post(REFRESH, {"refresh": token}, format="json"),
    ]
    for answer in calls:
        assert answer.status_code in {200, 401}, (what, answer.status_code, answer.content)


@pytest.mark.parametrize("kind", ["access", "refresh"])
@pytest.mark.parametrize("claim", CLAIMS)
def test_whatever_a_claim_holds(issued, settings, kind, claim):
    claims = claims_of(issued[kind])
    head = {"alg": "HS256", "typ": "JWT"}
    for value in (*NUMBERS, *OTHERS):
        payload = json.dumps({**claims, claim: value}).encode()
        never_breaks(sealed(head, payload, settings), (claim, value))


@pytest.mark.parametrize("value", [10**11 * 10**9, 10**400, 1e308, -(10**20), "soon", None, [], {}])
def test_an_end_that_is_no_time_is_refused(issued, settings, value):
    payload = json.dumps({**claims_of(issued["access"]), "exp": value}).encode()
    refused(sealed({"alg": "HS256"}, payload, settings), value)


def test_the_control(issued, settings):
    """The other tests' tokens are refused because of their changes only."""
    payload = json.dumps(claims_of(issued["access"])).encode()
    token = sealed({"alg": "HS256", "typ": "JWT"}, payload, settings)
    assert anonymous().get(URL, HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200


@pytest.mark.parametrize("head", HEADS, ids=repr)
def test_whatever_a_head_says(issued, settings, head):
    payload = json.dumps(claims_of(issued["access"])).encode()
    never_breaks(sealed(head, payload, settings), head)


PAYLOADS = [b"", b"null", b"[]", b"1", b'"x"', b"{", b"\xff", b'{"exp": 1e999}', b"{}", b"[" * 2000]


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: repr(payload[:20]))
def test_whatever_is_signed(issued, settings, payload):
    refused(sealed({"alg": "HS256"}, payload, settings), payload)


@pytest.mark.parametrize("payload", [b"{}", b"x"])
@pytest.mark.parametrize("head", [b"[" * 2500, b"{}", b"\xff"])
def test_whatever_is_not_signed(db, head, payload):
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (head, payload, b"x"))
    refused(text.decode()[:4096], head[:10])
