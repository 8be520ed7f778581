"""A frame's task as it lies in the queue: the bytes that Celery itself would put there.

Celery sends a task by a command of its own, which builds a Redis client each time. The mailbox lays
a task down in the step that admits its picture: a process killed on the way leaves both or neither,
and no frame pays for a second round trip.

The form is protocol 2 of Celery's messages inside the envelope of Kombu's virtual transports
(https://docs.celeryq.dev/en/stable/internals/protocol.html); `tests/services/test_envelope.py`
holds it to what the installed Celery sends.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from celery import Task


def message(task: Task, name: str, arguments: Mapping[str, Any], *, queue: str) -> bytes:
    """The message that has a worker run a task.

    Args:
        name: the task's only positional argument, and its id.
        arguments: by keyword; what JSON can say.
    """
    # The two texts are for Celery's monitors; nobody is to read there who was measured for whom.
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
