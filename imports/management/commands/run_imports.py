"""manage.py run_imports: process the files that were received, where no Celery worker does."""

import os
import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from imports import running

_NICENESS = 10  # the system gives the cores to the web processes first


class Command(BaseCommand):
    help = (
        "Process received imports, one image at a time. Safe to stop and to run again; of several "
        "such processes one works. The embedded default starts it by itself when there is work."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--until-done", action="store_true", help="end when no import is unfinished"
        )
        parser.add_argument(
            "--parent", type=int, help="end with the process of this id, which started this one"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        parent: int | None = options["parent"]

        def is_stopped() -> bool:
            return stopped.is_set() or (parent is not None and os.getppid() != parent)

        os.nice(_NICENESS)
        while not is_stopped():
            processed = running.run(running.Turn(is_stopped=is_stopped))
            if options["until_done"] and not running.has_work():
                return
            if not processed:
                stopped.wait(1.0)
