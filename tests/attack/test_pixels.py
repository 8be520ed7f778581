"""Pictures within the limits that take memory by the hundred megabytes, many at once."""

from functools import partial
from itertools import cycle, islice

import pytest

from tests.attack import calls, pictures
from tests.attack.targets import Target
from tests.deployment import Answer, as_form

pytestmark = pytest.mark.attack

_FRAMES = "/api/auth/process-image/"
_TWELVE = 12
_CALLERS = 64
_SECONDS = 120  # of each caller, until its picture is looked at
# What all processes may hold above what they did: each 500 MB at most, and there are few.
_GROWN_MB = 1200


def sender(target: Target, token: str, picture: bytes):
    """Posts the picture as who holds a session's token, again while the server is busy."""
    body, kind = as_form(picture)
    send = partial(
        calls.post, target.port, _FRAMES, body, kind, seconds=60, headers={"X-Session-Token": token}
    )
    return partial(calls.insisted, send, seconds=_SECONDS)


def looked_at(answers: list[Answer]) -> bool:
    """Whether each picture was measured, or refused for what it is."""
    return all(
        answer.status == 200 or (answer.code or "").startswith("image_") for answer in answers
    )


def test_twelve_small_webps_at_once(attack, target):
    backend = target.caller()
    sends = [sender(target, backend.enrollment(), pictures.small_webp()) for _ in range(_TWELVE)]
    with attack(f"{_TWELVE} x 1 kB of WebP, 25 megapixels", grown_mb=_GROWN_MB) as run:
        answers = run.answered(calls.at_once(sends))
        run.expect("each picture is looked at", is_met=looked_at(answers))


def test_large_pictures_of_every_format(attack, target):
    backend = target.caller()
    files = islice(cycle(pictures.large().values()), _CALLERS)
    sends = [sender(target, backend.enrollment(), picture) for picture in files]
    limits = {"seconds": _SECONDS + 60, "processor": _SECONDS, "grown_mb": _GROWN_MB}
    with attack(f"{_CALLERS} callers, 25 megapixels", **limits) as run:
        answers = run.answered(calls.at_once(sends))
        run.expect("each picture is looked at", is_met=looked_at(answers))
