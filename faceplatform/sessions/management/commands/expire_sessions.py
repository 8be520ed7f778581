"""manage.py expire_sessions: overdue sessions are expired, and their samples deleted."""

from typing import Any

from django.core.management.base import BaseCommand

from faceplatform import housekeeping


class Command(BaseCommand):
    help = "Expire overdue sessions (their samples are deleted), and run every other clean-up."

    def handle(self, *args: Any, **options: Any) -> None:
        for result in housekeeping.clean_up():
            self.stdout.write(result)
