"""The option --client of commands that work for one client or for all."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from clients.models import Client
from clients.services import client_by_name_or_id


def add_to(parser: CommandParser) -> None:
    parser.add_argument("--client", help="name or public id; default: all clients")


def chosen(options: dict[str, Any]) -> Client | None:
    """Return the client that was named; None for all.

    Raises:
        CommandError: there is no such client.
    """
    named = options["client"]
    if named is None:
        return None
    client = client_by_name_or_id(named)
    if client is None:
        raise CommandError(f"There is no client {named!r}")
    return client
