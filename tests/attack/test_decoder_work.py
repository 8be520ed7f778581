"""Images that are costly to decode, sent by the holder of one session's token."""

from functools import partial
from itertools import cycle, islice

import pytest

from tests.attack import calls, images
from tests.attack.resources import processor_seconds
from tests.attack.targets import FRAME_LIMIT, Target
from tests.deployment import Answer, as_form

pytestmark = pytest.mark.attack

_FRAMES = "/api/auth/process-image/"
_LEAST_SECONDS = 0.5
_TURNS = 3


def post(target: Target, token: str, image: bytes) -> Answer:
    body, kind = as_form(image)
    send = partial(calls.post, target.port, _FRAMES, body, kind, headers={"X-Session-Token": token})
    return calls.insisted(send)


@pytest.fixture(scope="module")
def most_seconds(running: Target) -> float:
    """Return the processor time that an image may cost: twice that of the largest ordinary image.

    It is measured now, because it depends on the machine.
    """
    running.revive()
    token = running.caller().enrollment()
    costs = []
    for _ in range(_TURNS):
        before = processor_seconds(running.processes())
        post(running, token, images.large()["JPEG progressive"])
        costs.append(processor_seconds(running.processes()) - before)
    return max(2 * min(costs), _LEAST_SECONDS)


@pytest.mark.parametrize("name", images.COSTLY)
def test_costs_little_and_counts(attack, target, most_seconds, name):
    image = images.COSTLY[name]()
    caller = target.caller()
    token = caller.enrollment()
    with attack(name, processor=most_seconds) as run:
        (answer,) = run.answered([post(target, token, image)])
        is_looked_at = answer.status == 200 or (answer.code or "").startswith("image_")
        run.expect("an outcome, or a problem of the image", is_met=is_looked_at)
        received = caller.session(token)["frames_received"]
        run.expect(f"one frame received, not {received}", is_met=received == 1)


def test_session_ends_at_its_limit(attack, target):
    """A token allows a limited number of images, even of broken ones."""
    caller = target.caller()
    token = caller.enrollment()
    webp = images.small_webp()
    files = (images.truncated(), webp[: len(webp) // 2], b"no image at all")
    with attack(f"{FRAME_LIMIT} damaged images, then one more") as run:
        posted = [post(target, token, file) for file in islice(cycle(files), FRAME_LIMIT)]
        after = post(target, token, images.truncated())
        run.answered([*posted, after])
        run.expect("session_finished", is_met=after.code == "session_finished")
        session = caller.session(token)
        is_counted = session["frames_received"] == FRAME_LIMIT
        run.expect(f"{FRAME_LIMIT} frames received", is_met=is_counted)
        run.expect("a failed session", is_met=session["status"] == "failed")
