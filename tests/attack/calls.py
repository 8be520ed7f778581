"""Calls of attackers. Every call has a status to count, even if it fails."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from time import perf_counter
from typing import Any

from tests.deployment import Answer

NO_ANSWER = 0
Headers = dict[str, str] | None
_SECONDS = 30
_PIECE = 64 * 1024
_BUSY_SECONDS = 60.0


def post(
    port: int,
    path: str,
    body: bytes,
    kind: str,
    *,
    chunked: bool = False,
    seconds: float = _SECONDS,
    headers: Headers = None,
) -> Answer:
    """Post a body of that content type, as `call` does.

    Args:
        chunked: send no Content-Length.
    """
    sent = _pieces(body) if chunked else body
    given = {"Content-Type": kind, **(headers or {})}
    return call("POST", port, path, sent, seconds=seconds, headers=given)


def call(
    method: str,
    port: int,
    path: str,
    body: bytes | Iterator[bytes] | None = None,
    *,
    seconds: float = _SECONDS,
    headers: Headers = None,
) -> Answer:
    """Send a request on a new connection. Its status is NO_ANSWER if none came in time.

    Args:
        body: sent chunked if it is an iterator.
    """
    http = HTTPConnection("127.0.0.1", port, timeout=seconds)
    start = perf_counter()
    try:
        # A server that refuses a body unread may close the connection before all of it is sent.
        with suppress(BrokenPipeError, ConnectionResetError):
            http.request(method, path, body, headers or {}, encode_chunked=True)
        response = http.getresponse()
        content = response.read()
    except (OSError, HTTPException):
        return Answer(NO_ANSWER, {}, {}, perf_counter() - start)
    finally:
        http.close()
    taken = perf_counter() - start
    return Answer(response.status, _parsed(content), dict(response.headers.items()), taken)


def insisted(send: Callable[[], Answer], *, seconds: float = _BUSY_SECONDS) -> Answer:
    """Repeat the call while the server is busy, within a time limit; return the last answer."""
    limit = perf_counter() + seconds
    while (answer := send()).status == 503 and perf_counter() < limit:
        time.sleep(min(answer.retry_after or 1, 1) / 4)
    return answer


def at_once(sends: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Make all these calls at the same time."""
    with ThreadPoolExecutor(len(sends)) as pool:
        return list(pool.map(lambda send: send(), sends))


def in_turn(send: Callable[[], Answer], *, callers: int, calls: int) -> list[Answer]:
    """Make this many calls with this many simultaneous callers, without pauses."""
    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(lambda _: send(), range(calls)))


def _pieces(body: bytes) -> Iterator[bytes]:
    return (body[start : start + _PIECE] for start in range(0, len(body), _PIECE))


def _parsed(content: bytes) -> dict[str, Any]:
    """Return the JSON object of an answer, or an empty one."""
    try:
        parsed = json.loads(content)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def codes(answers: Iterable[Answer]) -> str:
    """Return the number of answers by status and code, as text."""
    counted: dict[str, int] = {}
    for answer in answers:
        name = f"{answer.status or 'no answer'}{f' {answer.code}' if answer.code else ''}"
        counted[name] = counted.get(name, 0) + 1
    return ", ".join(f"{count} x {name}" for name, count in sorted(counted.items()))
