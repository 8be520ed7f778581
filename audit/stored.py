"""Chains as the database has them: read in pages, in constant memory."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from audit import heads, register
from audit.models import AuditChain, AuditEntry
from audit.verifying import Broken, Expected, Mark, Walk
from clients.models import Client

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
        checkpoint = heads.checkpoint_of(chain)
        try:
            return _prove(chain, checkpoint, Walk(chain.name, keys, expected))
        except Broken:
            if heads.checkpoint_of(chain) == checkpoint:
                raise
            # Retention has deleted rows in the meantime: begin again.


def _prove(chain: AuditChain, checkpoint: Mark | None, walk: Walk) -> Proof:
    if checkpoint:
        walk.start_at(checkpoint)
    head = None
    while head != (head := _current_head(chain)):  # entries may be sealed in the meantime
        for entry in entries_of(chain, after=walk.sequence):
            walk.take(entry.record())
    _require_none_outside(chain, checkpoint)
    walk.finish(head)
    unsealed, oldest = _check_unsealed(walk, chain)
    return Proof(chain.name, head, walk.entries, walk.erased, unsealed, oldest)


def _require_none_outside(chain: AuditChain, checkpoint: Mark | None) -> None:
    """Check that the walk has met every row with a number: it began behind the checkpoint."""
    start = checkpoint.sequence if checkpoint else 0
    rows = AuditEntry.objects.filter(client=chain.client_id, sequence__lte=start)
    if (row := rows.order_by("sequence").first()) is not None:
        place = f"entry {row.public_id} (number {row.sequence})"
        raise Broken(chain.name, place, "outside_the_chain")


def _current_head(chain: AuditChain) -> Mark:
    chain.refresh_from_db()
    return heads.of(chain)


def _check_unsealed(walk: Walk, chain: AuditChain) -> tuple[int, datetime | None]:
    """Check each unsealed entry by itself; return their number and the time of the first one."""
    count, oldest, after = 0, None, 0
    rows = AuditEntry.objects.filter(client=chain.client_id, sequence=None).order_by("pk")
    while page := list(rows.filter(pk__gt=after)[:_AT_ONCE]):
        for entry in page:
            walk.check_unsealed(entry.record(), f"unsealed entry {entry.public_id}")
            oldest = entry.at if oldest is None else min(oldest, entry.at)
        count, after = count + len(page), page[-1].pk
    return count, oldest


def begin_chains() -> None:
    """Begin the chains of clients that have entries and no chain.

    A chain that the register knows is not begun again: `register.require_registered` names it.
    """
    begun = AuditChain.objects.exclude(client=None).values("client")
    rows = AuditEntry.objects.filter(sequence=None, client__in=Client.objects.values("pk"))
    rows = rows.exclude(client__in=begun)
    for client_pk in [None, *rows.order_by("client").values_list("client", flat=True).distinct()]:
        register.begin(client_pk)
