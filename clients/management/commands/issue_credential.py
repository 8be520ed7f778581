"""manage.py issue_credential: issue an API key for a client, and show its secret once."""

import json
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clients import credentials
from clients.management.scopes import scopes_named
from clients.services import NameNotAllowed, client_by_name_or_id, require_visible
from faceplatform.api.scopes import ALL_SCOPES

_MAX_NAME = 100


class Command(BaseCommand):
    help = "Issue a further API key for a client and print its secret, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--client", required=True, help="name or id of the client")
        parser.add_argument("--name", required=True, help="name of the key, for people")
        parser.add_argument(
            "--scopes", help=f"of {','.join(sorted(ALL_SCOPES))}; without it, all of them"
        )
        parser.add_argument(
            "--expires-at", help="ISO 8601, such as 2027-01-31T12:00Z; without it, never"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        client = client_by_name_or_id(options["client"])
        if client is None:
            raise CommandError("There is no such client")
        issued = credentials.issue(
            client,
            name=_name(options["name"]),
            scopes=scopes_named(options["scopes"]),
            expires_at=_expiry(options["expires_at"]),
        )
        shown = {
            "client_id": str(client.public_id),
            "api_key": issued.credential.api_key,
            "api_secret": issued.api_secret,
        }
        if options["json"]:
            self.stdout.write(json.dumps(shown))
            return
        for name, value in shown.items():
            self.stdout.write(f"{name:<12}{value}")
        self.stdout.write("The secret is not kept: this is the only time it is shown.")


def _name(text: str) -> str:
    try:
        require_visible(text, "name")
    except NameNotAllowed as e:
        raise CommandError("--name has invisible characters") from e
    if not 1 <= len(text) <= _MAX_NAME:
        raise CommandError(f"--name takes 1 to {_MAX_NAME} characters")
    return text


def _expiry(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as e:
        raise CommandError("--expires-at is no time in ISO 8601") from e
    if at <= timezone.now():
        raise CommandError("--expires-at must be in the future")
    return at
