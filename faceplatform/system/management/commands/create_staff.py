"""manage.py create_staff NAME --role operator: create an admin account with a role."""

import secrets
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from faceplatform.system.roles import Role
from faceplatform.transactions import retried


class Command(BaseCommand):
    help = "Create an account of the admin with a role, and print its first password, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])

    def handle(self, *args: Any, **options: Any) -> None:
        password = secrets.token_urlsafe(18)
        try:
            _create(options["name"], options["role"], password)
        except ValidationError as e:
            raise CommandError("; ".join(e.messages)) from e
        self.stdout.write(f"name      {options['name']}")
        self.stdout.write(f"password  {password}")
        self.stdout.write("The password is not kept: sign in to /admin/ and change it.")


@retried
@transaction.atomic
def _create(name: str, role: str, password: str) -> None:
    """Create the account.

    Raises:
        django.core.exceptions.ValidationError: the name is taken, or cannot be one.
    """
    account = User(username=name, is_staff=True)
    account.set_password(password)
    account.full_clean()
    account.save()
    account.groups.add(Group.objects.get(name=role))
