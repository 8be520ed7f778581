"""The part of the audit log and of security events that is about an erased user."""

from django.db.models import QuerySet

from audit import alarms, chaining, keys
from audit.models import AuditEntry, SecurityEvent, chain_name
from audit.verifying import Broken, Walk
from faceplatform.erasure import Owner

_COLUMNS = ("subject", "user_id", "address", "request_id", "changes", "salt", "erasure_mac")
_AT_ONCE = 500


def count_entries(owner: Owner) -> int:
    """Return the number of entries that are about the user."""
    return _entries(owner).count()


def count_events(owner: Owner) -> int:
    """Return the number of security events that are about the user."""
    return SecurityEvent.objects.filter(subject=owner.subject_pk).count()


def forget_entries(owner: Owner) -> None:
    """Remove the personal part of the user's entries. What is hashed of it stays, and says nothing
    without the salt; a keyed hash in its place shows that an erasure removed it.

    The user's key is part of what is hashed. An entry that was pointed at the user by hand, or
    changed otherwise, is evidence: it stays as it is, and an alarm is raised.
    """
    after = 0
    while some := list(_entries(owner).filter(pk__gt=after).order_by("pk")[:_AT_ONCE]):
        after = some[-1].pk
        genuine = [entry for entry in some if _is_genuine(entry)]
        for entry in genuine:
            _empty(entry)
        AuditEntry.objects.bulk_update(genuine, _COLUMNS, batch_size=100)


def _is_genuine(entry: AuditEntry) -> bool:
    walk = Walk(chain_name(entry.client_id), keys.by_id())
    try:
        walk.check_content(entry.record(), f"entry {entry.public_id}")
    except Broken as e:
        alarms.raise_alarm(e)
        return False
    return True


def _empty(entry: AuditEntry) -> None:
    entry.erasure_mac = chaining.erasure_mac(entry.record(), keys.by_id()[entry.key_id])
    entry.subject = None
    entry.user_id = entry.address = entry.request_id = entry.salt = ""
    entry.changes = "{}"


def forget_events(owner: Owner) -> None:
    """Delete the security events that are about the user."""
    SecurityEvent.objects.filter(subject=owner.subject_pk).delete()


def _entries(owner: Owner) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(client=owner.client_pk, subject=owner.subject_pk)
