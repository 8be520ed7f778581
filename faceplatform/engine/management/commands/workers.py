"""manage.py workers: list the processes that measure frames."""

import socket
from argparse import ArgumentParser
from typing import Any

import redis
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from faceplatform.engine.remote.mailbox import mailbox


class Command(BaseCommand):
    help = "List the processes that measure frames. Fails if there are none."
    requires_system_checks = []  # a health check runs it often, and needs nothing else

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--here", action="store_true", help="list only those on this host")

    def handle(self, *_args: Any, **options: Any) -> None:
        if settings.FACEPLATFORM_ENGINE != "remote":
            raise CommandError(
                "There are no workers: the web processes measure frames themselves "
                f"(FACEPLATFORM_ENGINE={settings.FACEPLATFORM_ENGINE})"
            )
        try:
            processes = mailbox().look().processes
        except redis.RedisError as e:
            raise CommandError(f"Redis does not answer: {e}") from e
        if options["here"]:
            here = f"{socket.gethostname()}:"
            processes = tuple(name for name in processes if name.startswith(here))
        if not processes:
            raise CommandError("No process measures frames")
        for name in processes:
            self.stdout.write(name)
