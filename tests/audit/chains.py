"""Entries of a chain, and the command that proves it."""

import json
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

from django.core.management import CommandError, call_command
from django.utils import timezone

from audit import sealing
from audit.actions import Action
from audit.models import AuditChain, AuditEntry
from audit.recording import SYSTEM, Act, record


def write(client, number: int, *, at: datetime | None = None) -> None:
    """Record so many acts on the client's objects."""
    for position in range(number):
        record(
            Act(
                action=Action.IMPORT_STARTED,
                client_pk=client.pk,
                at=at or timezone.now(),
                facts={"position": position},
                actor=SYSTEM,
            )
        )


def seal() -> int:
    return sealing.seal(limit=100_000)


def entries(client) -> list[AuditEntry]:
    """Return the client's entries in the order of their chain."""
    return list(AuditEntry.objects.filter(client=client).order_by("sequence"))


def head_of(client) -> str:
    """Return the head of the client's chain, as one notes it."""
    chain = AuditChain.objects.get(client=client)
    return f"{chain.name}:{chain.sequence}:{chain.hash}"


@dataclass
class Verdict:
    status: int
    said: str


def verify(*arguments: str) -> Verdict:
    """Run `verify_audit`."""
    out = StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out)
    except CommandError as e:
        return Verdict(e.returncode, f"{out.getvalue()}{e}")
    return Verdict(0, out.getvalue())


def newest(action: str) -> AuditEntry:
    return AuditEntry.objects.filter(action=action).latest("pk")


def told(entry: AuditEntry) -> dict:
    return {"facts": json.loads(entry.facts), "changes": json.loads(entry.changes)}
