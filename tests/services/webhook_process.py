"""One delivery loop of the tests of several at once.

    python -m tests.services.webhook_process DATABASE

Says "ready", waits for a line, delivers until nothing is due, and says as JSON the ids of the
messages it sent. Nothing goes over a network.
"""

import asyncio
import json
import os
import sys
from unittest.mock import patch

import django


def main(database: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.test_services")
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()

    from tests.webhooks.delivering import ScriptedSender, answer
    from webhooks import loop

    class SlowSender(ScriptedSender):
        async def post(self, url, **given):
            await asyncio.sleep(0.01)
            return await super().post(url, **given)

    sender = SlowSender(lambda *_: answer())
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    with patch.object(loop, "Sender", sender):
        loop.DeliveryLoop().run(until_done=True)
    print(json.dumps([message for _, message in sender.sent]))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
