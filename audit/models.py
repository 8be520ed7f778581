"""The audit log, its chains, and security events.

An entry is inserted unsealed, in the transaction of the act it records: a plain insert, which no
other writer waits for. `audit.sealing` numbers and chains entries afterwards. Nothing else updates
an entry but an erasure, which removes its personal part.
"""

import json
import uuid
from datetime import UTC
from typing import Any

from django.db import models

from audit.actions import Action, ActorType
from faceplatform.suspicion import Hint

OPERATOR = "operator"


def chain_name(client_pk: int | None) -> str:
    """Return the name of a client's chain, or of the operator's own."""
    return OPERATOR if client_pk is None else f"client:{client_pk}"


class AuditEntry(models.Model):
    """One act. Its JSON columns are text, so that no database writes them in another way."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # None in the operator's own chain.
    client = models.ForeignKey(
        "clients.Client", null=True, on_delete=models.CASCADE, related_name="+"
    )
    at = models.DateTimeField()
    action = models.CharField(max_length=40, choices=Action.choices)
    actor_type = models.CharField(max_length=12, choices=ActorType.choices)
    actor_id = models.CharField(max_length=150, blank=True, default="")
    object_type = models.CharField(max_length=40, blank=True, default="")
    object_id = models.CharField(max_length=64, blank=True, default="")
    # What is known about the act and is about no person: an object.
    facts = models.TextField(default="{}")
    # The personal part, which an erasure of the user removes with the salt.
    # Callers may choose the id of a request, so it may name a person.
    request_id = models.CharField(max_length=64, blank=True, default="")
    subject = models.ForeignKey(
        "clients.Subject", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    user_id = models.CharField(max_length=150, blank=True, default="")
    address = models.CharField(max_length=64, blank=True, default="")
    # {"before": {...}, "after": {...}}, or an empty object.
    changes = models.TextField(default="{}")
    salt = models.CharField(max_length=64, blank=True, default="")
    # Written in place of the salt.
    erasure_mac = models.CharField(max_length=64, blank=True, default="")
    # The seal: see `audit.chaining`.
    commitment = models.CharField(max_length=64)
    mac = models.CharField(max_length=64)
    key_id = models.CharField(max_length=40)
    sequence = models.PositiveBigIntegerField(null=True)
    hash = models.CharField(max_length=64, blank=True, default="")
    # The id of the sealer's key, a colon, and the keyed hash of the row's place in the chain.
    seal = models.CharField(max_length=110, blank=True, default="")

    class Meta:
        verbose_name_plural = "audit log"
        constraints = [
            # Also read by the walk along a chain. The operator's rows have no client, and only the
            # lock on the chain keeps their numbers apart.
            models.UniqueConstraint(fields=["client", "sequence"], name="entry_once_in_chain")
        ]
        indexes = [
            # The look for entries to seal.
            models.Index(fields=["sequence", "client"], name="entry_unsealed"),
            # A client's list, and its filters.
            models.Index(fields=["client", "at"], name="entry_by_time"),
            models.Index(fields=["client", "action", "at"], name="entry_by_action"),
            models.Index(fields=["client", "user_id", "at"], name="entry_by_user"),
            models.Index(fields=["client", "object_id", "at"], name="entry_by_object"),
            # The admin's list of all clients' rows: its search and filters.
            models.Index(fields=["action"], name="entry_of_all_by_action"),
            models.Index(fields=["actor_type"], name="entry_of_all_by_type"),
            models.Index(fields=["actor_id"], name="entry_of_all_by_actor"),
            models.Index(fields=["user_id"], name="entry_of_all_by_user"),
            models.Index(fields=["object_id"], name="entry_of_all_by_object"),
            models.Index(fields=["request_id"], name="entry_of_all_by_request"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.public_id}"

    @property
    def is_sealed(self) -> bool:
        return self.sequence is not None

    @property
    def is_erased(self) -> bool:
        return bool(self.erasure_mac)

    def record(self) -> dict[str, Any]:
        """Return the entry as `audit.chaining` and exports have it."""
        return {
            "chain": chain_name(self.client_id),
            "id": str(self.public_id),
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            **{name: str(getattr(self, name)) for name in _AS_THEY_ARE},
            "facts": json.loads(self.facts),
            "changes": json.loads(self.changes),
            "subject": self.subject_id,
            "sequence": self.sequence,
        }


_AS_THEY_ARE = (
    *("action", "actor_type", "actor_id", "object_type", "object_id", "request_id"),
    *("user_id", "address", "salt", "erasure_mac", "commitment", "mac", "key_id", "hash", "seal"),
)


class AuditChain(models.Model):
    """The head of a chain: the number and hash of its last entry. Its row is the sealer's lock."""

    name = models.CharField(max_length=40, unique=True)
    client = models.OneToOneField(
        "clients.Client", null=True, on_delete=models.CASCADE, related_name="+"
    )
    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)
    mac = models.CharField(max_length=64)
    key_id = models.CharField(max_length=40)
    # The day on which the log of the service last had the head.
    logged_on = models.DateField(null=True)

    def __str__(self) -> str:
        return self.name


class AuditCheckpoint(models.Model):
    """The last entry of a chain that was deleted by retention: what is left starts after it."""

    chain = models.OneToOneField(AuditChain, on_delete=models.CASCADE, related_name="checkpoint")
    sequence = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)
    mac = models.CharField(max_length=64)
    key_id = models.CharField(max_length=40)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.chain} up to {self.sequence}"


class Severity(models.TextChoices):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class SecurityEvent(models.Model):
    """Hints of one kind, from one address, within one hour: a row with a count.

    The number of rows is bounded, however much strangers call: see `audit.counting`.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # None for a stranger who named no client.
    client = models.ForeignKey(
        "clients.Client", null=True, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=30, choices=[(hint.value, hint.value) for hint in Hint])
    severity = models.CharField(max_length=6, choices=Severity.choices)
    # The network of the callers; empty for many in one row, and where no call was the cause.
    address = models.CharField(max_length=64, blank=True, default="")
    subject = models.ForeignKey(
        "clients.Subject", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    hour = models.DateTimeField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField()
    # A digest of everything that rows are told apart by.
    key = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        indexes = [
            # A client's list, and its filters.
            models.Index(fields=["client", "last_at"], name="event_by_time"),
            # The rules, which add up an hour.
            models.Index(fields=["client", "kind", "hour"], name="event_by_kind"),
            # Retention.
            models.Index(fields=["hour"], name="event_hour"),
            # The admin's list of all clients' rows: its search and filters.
            models.Index(fields=["last_at"], name="event_of_all_by_time"),
            models.Index(fields=["kind", "last_at"], name="event_of_all_by_kind_and_time"),
            models.Index(fields=["severity", "last_at"], name="event_of_all_by_severity_time"),
            models.Index(fields=["address"], name="event_of_all_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} x {self.count}"


class RaisedAlert(models.Model):
    """A rule that was broken in an hour: its row keeps other processes from a second alert."""

    key = models.CharField(max_length=64, unique=True)
    hour = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
