"""manage.py create_client NAME: create a client, and show its key and secret once."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clients import credentials, services


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's members; refuse a name given twice."""
    names = [name for name, _ in members]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{', '.join(repeated)} is given twice")
    return dict(members)


class Command(BaseCommand):
    help = "Create a client and print its API key and secret, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--policy", default="{}", help="JSON of overrides of the default policy"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            policy = json.loads(options["policy"], object_pairs_hook=_once)
            issued = credentials.create_client(options["name"], policy=policy)
        except (ValueError, RecursionError) as e:
            raise CommandError(f"--policy is not JSON: {e}") from e
        except ValidationError as e:
            raise CommandError("; ".join(e.messages)) from e
        if obstacle := services.obstacle_of(issued.credential.client):
            self.stderr.write(obstacle)
        shown = {
            "client_id": str(issued.credential.client.public_id),
            "api_key": issued.credential.api_key,
            "api_secret": issued.api_secret,
        }
        if options["json"]:
            self.stdout.write(json.dumps(shown))
            return
        for name, value in shown.items():
            self.stdout.write(f"{name:<12}{value}")
        self.stdout.write("The secret is not kept: this is the only time it is shown.")
