"""Checks of answers that a client saw, and the text that reports them."""

from collections.abc import Callable
from typing import Any

import redis

from tests.deployment import Answer, Caller, wait_until
from tests.photographs import photo

# Refusals when workers or their queue, the database or the cache do not answer.
UNAVAILABLE = ("engine_unavailable", "storage_unavailable")
RECOVERY_SECONDS = 20
_EXPIRY_SECONDS = 10
_IMAGES = b"faceplatform:image:"
_ANSWERS = "faceplatform:answer:*"
AT_ONCE_SECONDS = 2.0


def picture(name: str) -> bytes:
    return photo(f"{name}.jpg").read_bytes()


def shown(*answers: Answer) -> str:
    """Return a line with status, code, Retry-After and duration of each answer."""
    return ", then ".join(_shown(answer) for answer in answers)


def _shown(answer: Answer) -> str:
    words = [str(answer.status)]
    if answer.code:
        words.append(answer.code)
    if answer.retry_after:
        words.append(f"Retry-After {answer.retry_after}")
    return " ".join([*words, f"({answer.seconds:.2f} s)"])


def require_refusal(answer: Answer, *codes: str, seconds: float) -> None:
    """Require a problem document: 503, one of these codes and Retry-After, within that time."""
    assert answer.status == 503, answer
    assert answer.code in codes, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.retry_after is not None
    assert answer.retry_after >= 1
    assert answer.seconds < seconds, answer


def answered_again(send: Callable[[], Answer]) -> Answer:
    """Send until an answer is no 503, and return that one. All 503s before it must be clean."""
    answers: list[Answer] = []

    def recovered() -> bool:
        answers.append(send())
        if answers[-1].status == 200:
            return True
        require_refusal(answers[-1], *UNAVAILABLE, "engine_busy", seconds=RECOVERY_SECONDS)
        return False

    wait_until(recovered, RECOVERY_SECONDS, "a frame is answered again")
    return answers[-1]


def refused_at_once(send: Callable[[], Answer], code: str) -> Answer:
    """Send until a refusal takes no time, and return that one. Those before it must be clean."""
    answers: list[Answer] = []

    def at_once() -> bool:
        answers.append(send())
        require_refusal(answers[-1], code, seconds=RECOVERY_SECONDS)
        return answers[-1].seconds < AT_ONCE_SECONDS

    wait_until(at_once, RECOVERY_SECONDS, "frames are refused at once")
    return answers[-1]


def require_enrolled(answer: Answer) -> None:
    assert answer.json()["enrollment_complete"] is True, answer


def require_match(caller: Caller, user_id: str, image: bytes) -> None:
    """Require that the image verifies the user."""
    answer = caller.frame(caller.authentication(user_id), image)
    assert answer.json()["result"] == "success", answer


def require_untouched(caller: Caller, token: str, *, frames: int) -> None:
    """Require that the session is open and has counted that many frames."""
    session = caller.session(token)
    assert session["frames_received"] == frames, session
    assert session["status"] in {"pending", "processing"}, session


def require_nothing_biometric(client: redis.Redis, *pictures: bytes) -> None:
    """Require that Redis holds no image, and no answer once those of lost callers have expired."""
    assert not pictures_in(client, *pictures)
    wait_until(lambda: not any(client.scan_iter(_ANSWERS)), _EXPIRY_SECONDS, "no answer is left")


def pictures_in(client: redis.Redis, *pictures: bytes) -> list[bytes]:
    """Return the keys that hold images: by their names, or by containing a part of these images."""
    middles = [data[len(data) // 2 :][:24] for data in pictures]
    return [
        name
        for name in client.scan_iter()
        if name.startswith(_IMAGES) or any(part in _value(client, name) for part in middles)
    ]


def _value(client: Any, name: bytes) -> bytes:
    """Return all bytes of a key; the client's types ignore that it decodes nothing."""
    match client.type(name):
        case b"string":
            return bytes(client.get(name) or b"")
        case b"list":
            return b"".join(client.lrange(name, 0, -1))
        case b"hash":
            return b"".join(b"".join(pair) for pair in client.hgetall(name).items())
        case b"set":
            return b"".join(client.smembers(name))
        case b"zset":
            return b"".join(client.zrange(name, 0, -1))
        case _:
            return b""  # it was deleted in the meantime
