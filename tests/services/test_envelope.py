"""What the mailbox queues for a frame is what Celery itself would send."""

import json
from base64 import b64decode

import pytest

from faceplatform.engine import envelope
from faceplatform.engine.tasks import analyze_frame
from tests.services.marks import services

pytestmark = services

ARGUMENTS = {"embedding": True, "liveness": False, "request_id": "-", "trace": {"a": "b"}}
# Celery gives each sender a mailbox for results, and its tags an id of their own. The texts are
# for monitors, and left empty.
OWN = {"reply_to", "delivery_tag", "argsrepr", "kwargsrepr"}


def opened(message: bytes) -> dict[str, object]:
    """A message by its parts, without what differs from one to the next."""
    found = json.loads(message)
    return {
        **found,
        "body": json.loads(b64decode(found["body"])),
        "headers": {k: v for k, v in found["headers"].items() if k not in OWN},
        "properties": {k: v for k, v in found["properties"].items() if k not in OWN},
    }


def test_a_frames_message_is_the_one_that_celery_sends(broker):
    analyze_frame.apply_async(("name",), ARGUMENTS, task_id="name")
    sent = broker.rpop("frames")
    assert opened(envelope.message(analyze_frame, "name", ARGUMENTS, queue="frames")) == opened(
        sent
    )


@pytest.mark.parametrize("part", ["headers", "properties"])
def test_it_has_the_same_fields(broker, part):
    analyze_frame.apply_async(("name",), ARGUMENTS)
    sent = json.loads(broker.rpop("frames"))
    ours = json.loads(envelope.message(analyze_frame, "name", ARGUMENTS, queue="frames"))
    assert ours[part].keys() == sent[part].keys()
