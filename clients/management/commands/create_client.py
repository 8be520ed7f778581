"""manage.py create_client NAME: create a client, and show its key and secret once."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clients import credentials, services
from faceplatform.api import json_text
from faceplatform.api.bodies import Malformed


class Command(BaseCommand):
    help = "Create a client and print its API key and secret, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument(
            "--sandbox", action="store_true", help="its outcomes are scripted, for good"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--policy", default="{}", help="JSON of overrides of the default policy"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            policy = json_text.parse(options["policy"])
            issued = credentials.create_client(
                options["name"], policy=policy, is_sandbox=options["sandbox"]
            )
        except Malformed as e:
            raise CommandError(f"--policy cannot be read: {e.detail}") from e
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
