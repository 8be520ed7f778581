"""manage.py expire_sessions: what is overdue is expired, and its samples are deleted."""

from typing import Any

from django.core.management.base import BaseCommand

from faceplatform.api import idempotency
from faceplatform.sessions import replay
from faceplatform.sessions.ending import expire_overdue


class Command(BaseCommand):
    help = "Expire overdue sessions (their samples are deleted), kept answers and seen frames."

    def handle(self, *args: Any, **options: Any) -> None:
        expired = 0
        while swept := expire_overdue():
            expired += swept
        self.stdout.write(f"{expired} sessions expired")
        self.stdout.write(f"{idempotency.remove_expired()} kept answers removed")
        self.stdout.write(f"{replay.forget()} seen frames forgotten")
