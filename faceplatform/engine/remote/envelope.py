"""The queued task of a frame, in the bytes that Celery itself would send.

Celery would send a task by a separate command, and build a Redis client each time. The mailbox
queues a task in the step that admits its image: a process killed on the way leaves both or neither,
and no frame costs a second round trip.

The format is protocol 2 of Celery's messages inside the envelope of Kombu's virtual transports
(https://docs.celeryq.dev/en/stable/internals/protocol.html); `tests/services/test_envelope.py`
compares it with messages of the installed Celery.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from celery import Task


def message(task: Task, name: str, arguments: Mapping[str, Any], *, queue: str) -> bytes:
    """Return the message that makes a worker run a task.

    Args:
        name: the only positional argument of the task, and its id.
        arguments: keyword arguments; values that JSON can hold.
    """
    # The two texts are for Celery's monitors, which must not show whose frames are measured.
    made = task.app.amqp.as_task_v2(
        name, task.name, (name,), arguments, argsrepr="", kwargsrepr="", ignore_result=True
    )
    return json.dumps(
        {
            "body": b64encode(json.dumps(made.body).encode()).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": made.headers,
            "properties": {
                **made.properties,
                "delivery_mode": 2,
                "delivery_info": {"exchange": "", "routing_key": queue},
                "priority": 0,
                "body_encoding": "base64",
                "delivery_tag": name,
            },
        }
    ).encode()
