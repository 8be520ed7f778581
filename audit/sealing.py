"""Sealing: unsealed entries get the next numbers of their chain, and its next hashes.

One sealer at a time holds a chain's row. Writers of entries do not: they insert, and wait for
nobody. An entry that is committed late gets a later number, so the order of a chain is that of its
sealing.
"""

import logging

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit import alarms, chaining, heads, keys, register
from audit.models import AuditChain, AuditEntry, chain_name
from audit.verifying import Broken
from clients.models import Client
from faceplatform import prepared
from faceplatform.transactions import retried

log = logging.getLogger(__name__)
# Each time costs one look at an index, if nothing is to be sealed.
EVERY_SECONDS = 5.0
_AT_ONCE = 500


def seal_all() -> None:
    """Seal until nothing is left, or another sealer is at it."""
    while seal(limit=_AT_ONCE):
        pass


def seal(*, limit: int) -> int:
    """Seal at most so many entries, of all chains together; return how many.

    A chain that another sealer holds is left to it.
    """
    unsealed = AuditEntry.objects.filter(sequence=None)
    sealed = 0
    for client_pk in unsealed.values_list("client", flat=True).distinct().order_by("client"):
        if sealed < limit:
            sealed += _seal_some(client_pk, limit - sealed)
    return sealed


@retried
def _seal_some(client_pk: int | None, limit: int) -> int:
    """Seal some entries of one chain: hash them first, then write all at once.

    Hashing takes most of the time, and nobody waits for it: SQLite has one writer at a time.
    """
    try:
        if not register.begin(client_pk):
            return 0
    except IntegrityError:
        if client_pk is None or Client.objects.filter(pk=client_pk).exists():
            raise
        return 0  # the client was deleted in the meantime, and its entries with it
    chain = AuditChain.objects.filter(name=chain_name(client_pk)).first()
    if chain is None or not _is_genuine(chain):  # or the client is gone
        return 0
    before = chain.sequence
    found = AuditEntry.objects.filter(client=client_pk, sequence=None).order_by("pk")
    entries = list(found[:limit])
    key_id, key = keys.current()
    for entry in entries:
        chain.sequence += 1
        entry.sequence = chain.sequence
        entry.hash = chain.hash = chaining.link(entry.record(), chain.hash, chain.sequence)
        entry.seal = f"{key_id}:{chaining.seal(entry.record(), key)}"
    heads.sign(chain)
    return _write(chain, before, entries)


def _is_genuine(chain: AuditChain) -> bool:
    """Return True if the chain's end is as a sealer left it. An alarm is raised if it is not.

    What looks wrong may be another sealer's work in hand, so it is read again with the chain held.
    """
    try:
        heads.require_genuine(chain)
    except Broken:
        return _is_genuine_when_held(chain)
    return True


@transaction.atomic
def _is_genuine_when_held(chain: AuditChain) -> bool:
    held = AuditChain.objects.select_for_update(skip_locked=True).filter(pk=chain.pk).first()
    if held is None or held.sequence != chain.sequence:  # another sealer is at it, or was
        return False
    try:
        heads.require_genuine(held)
    except Broken as e:
        alarms.raise_alarm(e)
        return False
    return True


@transaction.atomic
def _write(chain: AuditChain, before: int, entries: list[AuditEntry]) -> int:
    """Write numbers and hashes, unless another sealer holds the chain or has lengthened it."""
    rows = AuditChain.objects.select_for_update(skip_locked=True)
    if not entries or rows.filter(pk=chain.pk, sequence=before).first() is None:
        return 0
    prepared.update_all(entries, "sequence", "hash", "seal")
    _log_daily(chain)
    chain.save(update_fields=["sequence", "hash", "mac", "key_id", "logged_on"])
    return len(entries)


def _log_daily(chain: AuditChain) -> None:
    """Put the head into the log of the service once a day, out of reach of the database."""
    today = timezone.now().date()
    if chain.logged_on == today:
        return
    chain.logged_on = today
    head = f"{chain.name}:{chain.sequence}:{chain.hash}"
    transaction.on_commit(lambda: log.info("Audit chain %s", head))
