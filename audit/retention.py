"""Retention: the oldest entries are deleted in pieces, and a checkpoint keeps the rest provable."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit import alarms, chaining, heads, keys
from audit.actions import Action
from audit.models import AuditChain, AuditCheckpoint, AuditEntry, RaisedAlert, SecurityEvent
from audit.recording import SYSTEM, Act, record
from audit.verifying import Broken, Walk
from faceplatform.housekeeping import delete_some
from faceplatform.transactions import retried


def remove_old_entries(*, limit: int) -> int:
    """Delete entries after FACEPLATFORM_AUDIT_DAYS, at most so many, the first of their chains;
    return how many. Those of clients that are being deleted are due at once.

    Whole days are deleted, so that there is one entry a day that records it, or a few.
    """
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    before = midnight - timedelta(days=settings.FACEPLATFORM_AUDIT_DAYS)
    removed = 0
    chains = AuditChain.objects.order_by("pk").values_list("pk", "client__deletion_asked_at")
    for chain_pk, ends_at in chains:
        if removed >= limit:
            break
        rest = limit - removed
        try:
            removed += (
                _remove(chain_pk, before, rest) if ends_at is None else _empty(chain_pk, rest)
            )
        except AuditChain.DoesNotExist:  # its client was deleted in the meantime
            continue
    return removed


@retried
@transaction.atomic
def _empty(chain_pk: int, limit: int) -> int:
    """Delete the first entries of a chain whose client is being deleted; return how many.

    They need no proof: the chain ends with the client, and who may delete it may delete them.
    """
    chain = AuditChain.objects.select_for_update().get(pk=chain_pk)
    first = list(_sealed(chain)[:limit])
    if first:
        _set_checkpoint(chain, first[-1])
        AuditEntry.objects.filter(pk__in=[entry.pk for entry in first]).delete()
    return len(first)


def _remove(chain_pk: int, before: datetime, limit: int) -> int:
    first = _sealed(AuditChain.objects.get(pk=chain_pk)).first()
    # Mostly there is nothing to delete. Then no write transaction is opened.
    return _remove_held(chain_pk, before, limit) if first and first.at < before else 0


@retried
@transaction.atomic
def _remove_held(chain_pk: int, before: datetime, limit: int) -> int:
    chain = AuditChain.objects.select_for_update().get(pk=chain_pk)
    try:
        old = _old_of(chain, before, limit)
    except Broken as e:
        alarms.raise_alarm(e)
        return 0
    if not old:
        return 0
    last = old[-1]
    _set_checkpoint(chain, last)
    AuditEntry.objects.filter(pk__in=[entry.pk for entry in old]).delete()
    facts = {"up_to": last.sequence, "hash": last.hash, "entries": len(old)}
    record(Act(action=Action.AUDIT_PRUNED, client_pk=chain.client_id, facts=facts, actor=SYSTEM))
    return len(old)


def _old_of(chain: AuditChain, before: datetime, limit: int) -> list[AuditEntry]:
    """Return the chain's first entries that are due, each proved: its time as well, and its link.

    Raises:
        Broken: nothing may be deleted, because it would take the traces of a change along.
    """
    heads.require_genuine(chain)
    walk, old = Walk(chain.name, keys.by_id()), []
    if (checkpoint := heads.checkpoint_of(chain)) is not None:
        walk.start_at(checkpoint)
    for entry in _sealed(chain)[:limit]:
        if entry.at >= before:
            break
        walk.take(entry.record())
        old.append(entry)
    return old


def _sealed(chain: AuditChain) -> Any:
    rows = AuditEntry.objects.filter(client=chain.client_id, sequence__gt=0)
    return rows.order_by("sequence")


def _set_checkpoint(chain: AuditChain, last: AuditEntry) -> None:
    key_id, key = keys.current()
    mac = chaining.head_mac("checkpoint", chain.name, last.sequence or 0, last.hash, key)
    AuditCheckpoint.objects.update_or_create(
        chain=chain,
        defaults={
            "sequence": last.sequence or 0,
            "hash": last.hash,
            "mac": mac,
            "key_id": key_id,
            "at": timezone.now(),
        },
    )


def remove_old_events(*, limit: int) -> int:
    """Delete security events after FACEPLATFORM_SECURITY_EVENT_DAYS; return how many."""
    before = timezone.now() - timedelta(days=settings.FACEPLATFORM_SECURITY_EVENT_DAYS)
    delete_some(RaisedAlert.objects.filter(hour__lt=before).order_by("hour"), limit=limit)
    return delete_some(SecurityEvent.objects.filter(hour__lt=before).order_by("hour"), limit=limit)
