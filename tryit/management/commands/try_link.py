"""manage.py try_link: print a link to the page on which an operator tries the demo client."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tryit.access import KEY_SECONDS, new_key


class Command(BaseCommand):
    help = "Print a link, for one use, to the page on which the demo client can be tried."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--base",
            metavar="URL",
            default="http://127.0.0.1:8000",
            help="the server's origin, such as http://127.0.0.1:8010 (default: %(default)s)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.FACEPLATFORM_TRY_IT:
            raise CommandError(
                "The page is off. Run: FACEPLATFORM_TRY_IT=true "
                ".venv/bin/python manage.py try_link\n"
                "The server needs the same setting; `make run` sets it."
            )
        # In the fragment, which no browser sends to a server.
        hours = KEY_SECONDS // 3600
        self.stdout.write(f"Try it with your camera (a link for one use, within {hours} hours):")
        self.stdout.write(f"  {options['base']}/try/#{new_key()}")
