"""Heads of chains: signing, and the check before a chain is lengthened or shortened."""

from audit import chaining, keys
from audit.models import AuditChain, AuditCheckpoint, AuditEntry
from audit.verifying import Broken, Mark, Walk


def sign(chain: AuditChain) -> None:
    """Set the keyed hash of a chain's head, in memory."""
    chain.key_id, key = keys.current()
    chain.mac = chaining.head_mac("head", chain.name, chain.sequence, chain.hash, key)


def of(chain: AuditChain) -> Mark:
    """Return the chain's head."""
    return Mark("head", chain.sequence, chain.hash, chain.mac, chain.key_id)


def checkpoint_of(chain: AuditChain) -> Mark | None:
    """Return the chain's checkpoint; None if nothing of it was deleted."""
    row = AuditCheckpoint.objects.filter(chain=chain).first()
    if row is None:
        return None
    return Mark("checkpoint", row.sequence, row.hash, row.mac, row.key_id)


def require_genuine(chain: AuditChain) -> None:
    """Check that a holder of the key wrote the head, and that the last sealed row is the head's.

    Raises:
        Broken
    """
    walk = Walk(chain.name, keys.by_id())
    walk.require_mark(of(chain))
    rows = AuditEntry.objects.filter(client=chain.client_id, sequence__gte=chain.sequence)
    last = list(rows.order_by("-sequence")[:2])
    place = f"the head (number {chain.sequence})"
    if not last:
        _require_start(walk, chain, place)
    elif len(last) > 1 or last[0].sequence != chain.sequence:
        raise Broken(chain.name, place, "beyond_head")
    elif not chaining.same(last[0].hash, chain.hash):
        raise Broken(chain.name, place, "hash_wrong")
    else:
        walk.check_seal(last[0].record(), place)


def _require_start(walk: Walk, chain: AuditChain, place: str) -> None:
    """Check that a chain without its last row has none: it is new, or retention has deleted all."""
    checkpoint = checkpoint_of(chain)
    if checkpoint is not None:
        walk.start_at(checkpoint)
    if (walk.sequence, walk.hash) != (chain.sequence, chain.hash):
        raise Broken(chain.name, place, "truncated")
