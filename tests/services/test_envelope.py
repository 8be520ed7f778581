"""The mailbox queues the same message for a frame that Celery itself would send."""

import json
from base64 import b64decode

from faceplatform.engine.remote import envelope
from faceplatform.engine.remote.tasks import analyze_frame
from tests.services.marks import services

pytestmark = services

ARGUMENTS = {
    "wants": {"embedding": True, "liveness": False},
    "following": {"track": None, "match_from": {"sharpness": 0.45}},
    "request_id": "-",
    "trace": {"a": "b"},
}
# Celery gives each sender a mailbox for results, and its tags an id of their own. The texts are
# for monitors, and left empty.
OWN = {"reply_to", "delivery_tag", "argsrepr", "kwargsrepr"}


def opened(message: bytes) -> dict[str, object]:
    """Return all fields of a message; those in OWN only by their presence."""
    found = json.loads(message)
    found["body"] = json.loads(b64decode(found["body"]))
    for part in ("headers", "properties"):
        found[part] = {name: name in OWN or value for name, value in found[part].items()}
    return found


def test_a_frames_message_is_the_one_that_celery_sends(broker):
    analyze_frame.apply_async(("name",), ARGUMENTS, task_id="name", queue="frames")
    sent = broker.rpop("frames")
    ours = envelope.message(analyze_frame, "name", ARGUMENTS, queue="frames")
    assert opened(ours) == opened(sent)
