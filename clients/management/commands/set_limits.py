"""manage.py set_limits CLIENT: set a client's tier, and the limits that differ from it."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from clients.models import Client
from clients.services import client_by_name_or_id, publish_change, recorded_of
from faceplatform.api import json_text
from faceplatform.api.bodies import Malformed
from faceplatform.transactions import retried


class Command(BaseCommand):
    help = "Set a client's tier and limits, and print the limits in force."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client", help="name or public id")
        parser.add_argument("--tier")
        parser.add_argument(
            "--limits", help='JSON that overrides the tier\'s, such as {"users": 5}'
        )

    def handle(self, *args: Any, **options: Any) -> None:
        client = client_by_name_or_id(options["client"])
        if client is None:
            raise CommandError(f"There is no client {options['client']!r}")
        try:
            if options["tier"] is not None:
                client.tier = options["tier"]
            if options["limits"] is not None:
                client.limits = json_text.parse(options["limits"])
            client.clean_fields(exclude=["name", "policy"])
        except Malformed as e:
            raise CommandError(f"--limits cannot be read: {e.detail}") from e
        except ValidationError as e:
            raise CommandError("; ".join(e.messages)) from e
        self._save(client)
        self.stdout.write(f"{client.name}: tier {client.tier}")
        self.stdout.write(json.dumps(client.limits_in_force.model_dump(), indent=2))

    @retried
    @transaction.atomic
    def _save(self, client: Client) -> None:
        before = recorded_of(client.pk)
        client.save(update_fields=["tier", "limits"])
        publish_change(client, before=before)
