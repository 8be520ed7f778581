"""manage.py reset_second_factor NAME: take a lost authenticator from an admin account."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from faceplatform.system import second_factor


class Command(BaseCommand):
    help = "Take the second factor from an account of the admin, whose authenticator is lost."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        account = User.objects.filter(username=options["name"]).first()
        if account is None:
            raise CommandError(f"No account has the name {options['name']!r}")
        if not second_factor.reset(account):
            raise CommandError(f"The account {account} has no second factor")
        self.stdout.write(f"{account} signs in without a code until it sets up another one.")
