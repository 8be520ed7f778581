"""manage.py revoke_credential API_KEY: end the key, its tokens and its open sessions at once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clients import credentials
from clients.models import Credential


class Command(BaseCommand):
    help = "Revoke an API key: its tokens and the sessions that it opened end at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("api_key")

    def handle(self, *args: Any, **options: Any) -> None:
        credential = Credential.objects.filter(api_key=options["api_key"]).first()
        if credential is None:
            raise CommandError("There is no such API key")
        credentials.revoke(credential)
        self.stdout.write(f"Revoked since {credential.revoked_at:%Y-%m-%d %H:%M:%S} UTC")
