"""manage.py deliver_webhooks: a delivery loop in the foreground."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from webhooks.loop import DeliveryLoop


class Command(BaseCommand):
    help = (
        "Deliver webhooks. Safe to stop and to run again, and next to other loops: none attempts "
        "what another has claimed. Normally a thread of a web process does it, or in production a "
        "worker of the queue webhooks."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--until-done", action="store_true", help="end when nothing is due; retries may be left"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        loop = DeliveryLoop()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: loop.stop())
        loop.run(until_done=options["until_done"])
