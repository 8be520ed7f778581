"""The part of the audit log and of security events that is about an erased user."""

from collections.abc import Iterator

from django.db.models import QuerySet

from audit import chaining, keys
from audit.models import AuditEntry, SecurityEvent
from faceplatform.erasure import Owner

_COLUMNS = ("subject", "user_id", "address", "changes", "salt", "erasure_mac")
_AT_ONCE = 500


def count_entries(owner: Owner) -> int:
    """Return the number of entries that are about the user."""
    return _entries(owner).count()


def count_events(owner: Owner) -> int:
    """Return the number of security events that are about the user."""
    return SecurityEvent.objects.filter(subject=owner.subject_pk).count()


def forget_entries(owner: Owner) -> None:
    """Remove the personal part of the user's entries. What is hashed of it stays, and says nothing
    without the salt; a keyed hash in its place shows that an erasure removed it."""
    _, key = keys.current()
    configured = keys.by_id()
    for entries in _pieces(_entries(owner)):
        for entry in entries:
            entry.erasure_mac = chaining.erasure_mac(
                entry.record(), configured.get(entry.key_id, key)
            )
            entry.subject = None
            entry.user_id = entry.address = entry.salt = ""
            entry.changes = "{}"
        AuditEntry.objects.bulk_update(entries, _COLUMNS, batch_size=100)


def forget_events(owner: Owner) -> None:
    """Delete the security events that are about the user."""
    SecurityEvent.objects.filter(subject=owner.subject_pk).delete()


def _entries(owner: Owner) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(subject=owner.subject_pk)


def _pieces(rows: QuerySet[AuditEntry]) -> Iterator[list[AuditEntry]]:
    """Yield some of the rows at a time, until there are none: the caller changes them."""
    while some := list(rows[:_AT_ONCE]):
        yield some
