"""Exports for clients: a client's own chain, in parts of bounded size, each proved while it is
written."""

from typing import IO

from django.db import transaction

from audit import alarms, chaining, heads, keys, register
from audit.errors import AuditChainBroken, AuditPartNotFound
from audit.exporting import Writer
from audit.models import AuditChain, AuditEntry, chain_name
from audit.stored import entries_of
from audit.verifying import Broken, Mark, Walk
from faceplatform.transactions import retried

MOST_ENTRIES = 50_000


def head_of(client_pk: int) -> Mark:
    """Return the head of the client's chain.

    Raises:
        AuditChainBroken: an alarm is raised as well.
    """
    return heads.of(_genuine(client_pk))


def write_part(client_pk: int, file: IO[str], *, after: int) -> None:
    """Write the client's entries after this number, `MOST_ENTRIES` at most.

    Args:
        after: 0 for the first entry that is kept.

    Raises:
        AuditPartNotFound: retention has deleted entries after that number, or it has none.
        AuditChainBroken: an alarm is raised as well.
    """
    chain = _genuine(client_pk)
    checkpoint = heads.checkpoint_of(chain)
    try:
        _write_part(chain, checkpoint, file, after)
    except Broken as e:
        if heads.checkpoint_of(chain) != checkpoint:  # retention was here in the meantime
            raise AuditPartNotFound from e
        raise _broken(e) from e


def _genuine(client_pk: int) -> AuditChain:
    """Return the client's chain, whose head was checked, as the database has it now."""
    if not register.begin(client_pk):
        raise AuditChainBroken
    try:
        return _genuine_when_held(chain_name(client_pk))
    except Broken as e:
        raise _broken(e) from e


@retried
@transaction.atomic
def _genuine_when_held(name: str) -> AuditChain:
    """Return a chain, read between two sealers' work."""
    chain = AuditChain.objects.select_for_update().get(name=name)
    heads.require_genuine(chain)
    return chain


def _broken(error: Broken) -> AuditChainBroken:
    alarms.raise_alarm(error)
    return AuditChainBroken()


def _write_part(chain: AuditChain, checkpoint: Mark | None, file: IO[str], after: int) -> None:
    head, walk, writer = heads.of(chain), Walk(chain.name, keys.by_id()), Writer(file)
    start = _start(chain, checkpoint, after, walk)
    if start is not None:
        walk.start_at(start)
    writer.begin(chain.name, start)
    for entry in entries_of(chain, after=walk.sequence):
        if walk.sequence == head.sequence or walk.entries == MOST_ENTRIES:
            break
        record = entry.record()
        walk.take(record)
        writer.take(chaining.withheld(record))
    is_whole = walk.sequence == head.sequence or walk.entries < MOST_ENTRIES
    end = head if is_whole else _place(chain, walk.sequence, walk.hash)
    walk.finish(end)
    writer.finish(end)
    writer.end()


def _start(chain: AuditChain, checkpoint: Mark | None, after: int, walk: Walk) -> Mark | None:
    """Return the place that the part starts after; None for the chain's first row."""
    if after == 0 or (checkpoint is not None and after == checkpoint.sequence):
        return checkpoint
    entry = AuditEntry.objects.filter(client=chain.client_id, sequence=after).first()
    if entry is None:
        raise AuditPartNotFound
    walk.check_seal(entry.record(), f"entry {entry.public_id} (number {after})")
    return _place(chain, after, entry.hash)


def _place(chain: AuditChain, sequence: int, last_hash: str) -> Mark:
    key_id, key = keys.current()
    mac = chaining.head_mac("part", chain.name, sequence, last_hash, key)
    return Mark("part", sequence, last_hash, mac, key_id)
