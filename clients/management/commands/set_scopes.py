"""manage.py set_scopes API_KEY --scopes NAMES: give a key other scopes, from its next call on."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clients import credentials
from clients.management.scopes import scopes_named
from clients.models import Credential
from faceplatform.api.scopes import ALL_SCOPES


class Command(BaseCommand):
    help = "Set the scopes of an API key. They hold from its next call on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("api_key")
        parser.add_argument("--scopes", required=True, help=f"of {','.join(sorted(ALL_SCOPES))}")

    def handle(self, *args: Any, **options: Any) -> None:
        scopes = scopes_named(options["scopes"])
        credential = Credential.objects.filter(api_key=options["api_key"]).first()
        if credential is None:
            raise CommandError("There is no such API key")
        credentials.set_scopes(credential, scopes)
        self.stdout.write(f"Scopes: {', '.join(credential.scopes)}")
