"""JSON that becomes a hundred times as large in memory."""

import json
from functools import cache, partial

import pytest

from tests.attack import calls
from tests.deployment import Answer

pytestmark = pytest.mark.attack

_BYTES = 15 * 1024 * 1024  # the longest allowed body
_AT_ONCE = 6
_JSON = "application/json"
_TOKENS = "/api/core/auth/client/"
_FRAMES = "/api/auth/process-image/"
# 503: several at once exceed the web server's buffers.
_REFUSED = {400, 401, 413, 429, 503}
# URLs that take a stranger's body. Only the embedded target has the older APIs.
_ADDRESSES = (_TOKENS, "/api/core/auth/token/refresh/", "/api/auth/enrollment/", _FRAMES)
_OLDER = ("/api/enroll", "/api/authentificate", "/api/register/", "/register/", "/verify/")


@cache
def filled(part: bytes, *, head: bytes = b"[", tail: bytes = b"]") -> bytes:
    """Repeat a part until the body has the allowed length."""
    count = (_BYTES - len(head) - len(tail)) // (len(part) + 1)
    return head + b",".join([part] * count) + tail


def numbered(count: int = 1_100_000) -> bytes:
    """Return an object whose names all differ."""
    return json.dumps(dict.fromkeys(map(str, range(count)), 0)).encode()[:_BYTES]


BODIES = {
    "objects": lambda: filled(b"{}"),
    "lists": lambda: filled(b"[[[[[[[[]]]]]]]]"),
    "numbers": lambda: filled(b"1.5"),
    "names": numbered,
}


def require_refused(attack, answers: list[Answer], statuses: set[int] = _REFUSED) -> None:
    for answer in attack.answered(answers):
        attack.expect(f"one of {sorted(statuses)}", is_met=answer.status in statuses)


@pytest.mark.parametrize("shape", BODIES)
def test_without_credentials(attack, target, shape):
    body = BODIES[shape]()
    with attack(f"15 MB of {shape} for a token", seconds=5, processor=1, grown_mb=100) as run:
        require_refused(run, [calls.post(target.port, _TOKENS, body, _JSON)])


def test_in_chunks(attack, target):
    """No length is announced, so the body cannot be refused by its length."""
    body = filled(b"{}")
    with attack("the same in chunks", seconds=5, processor=1, grown_mb=100) as run:
        require_refused(run, [calls.post(target.port, _TOKENS, body, _JSON, chunked=True)])


def test_six_at_once(attack, target):
    sends = [partial(calls.post, target.port, _TOKENS, filled(b"{}"), _JSON)] * _AT_ONCE
    limits = {"seconds": 10, "processor": 3, "grown_mb": 200, "health_ms": 1000}
    with attack(f"{_AT_ONCE} x 15 MB of objects for a token", **limits) as run:
        require_refused(run, calls.at_once(sends))


def test_every_address_that_strangers_reach(attack, target):
    addresses = (*_ADDRESSES, *(_OLDER if target.name == "embedded" else ()))
    body = filled(b"{}")
    limits = {"seconds": 2 * len(addresses), "processor": len(addresses), "grown_mb": 150}
    with attack(f"15 MB of objects to {len(addresses)} addresses", **limits) as run:
        for address in addresses:
            answer = calls.post(target.port, address, body, _JSON, seconds=10)
            # Some of the older APIs refuse with status 200.
            require_refused(run, [answer], _REFUSED | ({200} if address in _OLDER else set()))


def test_beside_an_image(attack, target):
    """A view that takes images accepts long bodies, so length is not the cause of the refusal."""
    caller = target.caller()
    token = caller.enrollment()
    head = f'{{"session_token": "{token}", "image": "aaaa", "more": ['.encode()
    body = filled(b"{}", head=head, tail=b"]}")
    own = {"Authorization": f"Bearer {caller.token}"}
    send = partial(calls.post, target.port, _FRAMES, body, _JSON, headers=own)
    limits = {"seconds": 20, "processor": 8, "grown_mb": 600}
    with attack(f"{_AT_ONCE} x 15 MB of objects beside an image", **limits) as run:
        answers = [partial(calls.insisted, send)] * _AT_ONCE
        require_refused(run, calls.at_once(answers), {400, 413, 503})
