"""Chains as the database has them: read in pages, in constant memory."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from audit import sealing
from audit.models import AuditChain, AuditCheckpoint, AuditEntry
from audit.verifying import Broken, Expected, Mark, Walk

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Proof:
    """A chain that is whole.

    Attributes:
        head: its last number and hash.
        unsealed: entries without a number yet; ``oldest`` is the time of the first one.
    """

    chain: str
    head: Mark
    entries: int
    erased: int
    unsealed: int
    oldest: datetime | None


def head_of(chain: AuditChain) -> Mark:
    """Return the chain's head."""
    return Mark("head", chain.sequence, chain.hash, chain.mac, chain.key_id)


def checkpoint_of(chain: AuditChain) -> Mark | None:
    """Return the chain's checkpoint; None if nothing of it was deleted."""
    row = AuditCheckpoint.objects.filter(chain=chain).first()
    if row is None:
        return None
    return Mark("checkpoint", row.sequence, row.hash, row.mac, row.key_id)


def entries_of(chain: AuditChain, *, after: int) -> Iterator[AuditEntry]:
    """Yield the chain's sealed entries after that number, in order."""
    rows = AuditEntry.objects.filter(client=chain.client_id).order_by("sequence", "pk")
    rest = Q(sequence__gt=after)
    while page := list(rows.filter(rest)[:_AT_ONCE]):
        yield from page
        last = page[-1]
        # Two of the operator's rows may have one number, if somebody has inserted one. Written
        # without an OR, which would have SQLite read the chain from its start for each page.
        rest = Q(sequence__gte=last.sequence) & ~Q(sequence=last.sequence, pk__lte=last.pk)


def prove(
    chain: AuditChain, keys: Mapping[str, bytes] | None, expected: Collection[Expected] = ()
) -> Proof:
    """Check a chain, its unsealed entries, and the heads of it that were noted earlier.

    Raises:
        audit.verifying.Broken
    """
    while True:
        checkpoint = checkpoint_of(chain)
        try:
            return _prove(chain, checkpoint, Walk(chain.name, keys, expected))
        except Broken:
            if checkpoint_of(chain) == checkpoint:
                raise
            # Retention has deleted rows in the meantime: begin again.


def _prove(chain: AuditChain, checkpoint: Mark | None, walk: Walk) -> Proof:
    if checkpoint:
        walk.start_at(checkpoint)
    head = None
    while head != (head := _current_head(chain)):  # entries may be sealed in the meantime
        for entry in entries_of(chain, after=walk.sequence):
            walk.take(entry.record())
    walk.finish(head)
    unsealed, oldest = _check_unsealed(walk, chain)
    return Proof(chain.name, head, walk.entries, walk.erased, unsealed, oldest)


def _current_head(chain: AuditChain) -> Mark:
    chain.refresh_from_db()
    return head_of(chain)


def _check_unsealed(walk: Walk, chain: AuditChain) -> tuple[int, datetime | None]:
    """Check each unsealed entry by itself; return their number and the time of the first one."""
    count, oldest, after = 0, None, 0
    rows = AuditEntry.objects.filter(client=chain.client_id, sequence=None).order_by("pk")
    while page := list(rows.filter(pk__gt=after)[:_AT_ONCE]):
        for entry in page:
            walk.check_content(entry.record(), f"unsealed entry {entry.public_id}")
            oldest = entry.at if oldest is None else min(oldest, entry.at)
        count, after = count + len(page), page[-1].pk
    return count, oldest


def begin_chains() -> None:
    """Begin the chains of clients that have entries and no chain.

    A chain that has entries with numbers and no row is found broken: its head is at 0.
    """
    begun = AuditChain.objects.values("client")
    rows = AuditEntry.objects.exclude(client=None).exclude(client__in=begun.exclude(client=None))
    for client_pk in [None, *rows.order_by("client").values_list("client", flat=True).distinct()]:
        sealing.begin(client_pk)
