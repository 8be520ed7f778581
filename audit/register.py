"""The register of chains, within the operator's own: a chain that vanished or was begun again is
named, and so is one that was cut by putting back an older head.

The operator's chain records the beginning and the end of each chain, and daily the heads of all.
Heads are recorded by shelves, each of the same clients every day. So the entries that may name one
chain are found by the chain's name and its shelf, however many chains there are.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit import alarms, chaining, heads, keys
from audit.actions import Action
from audit.models import OPERATOR, AuditChain, AuditCheckpoint, AuditEntry, chain_name
from audit.recording import SYSTEM, Act, record
from audit.verifying import Broken, Expected, Walk
from clients.models import Client
from faceplatform.transactions import is_conflict, retried

# Clients whose numbers follow each other are on one shelf: their heads fit into one entry.
_CLIENTS_A_SHELF = 50
_BEGUN, _ENDED, _NOTED = (
    Action.AUDIT_CHAIN_BEGUN,
    Action.AUDIT_CHAIN_ENDED,
    Action.AUDIT_HEADS_NOTED,
)


def begin(client_pk: int | None) -> bool:
    """Begin a chain, unless it exists; return False if it existed before and is gone.

    Then an alarm is raised: whoever deletes a chain must not get a new one signed.
    """
    name = chain_name(client_pk)
    if AuditChain.objects.filter(name=name).exists():
        return True
    is_gone = _operators_is_gone() if client_pk is None else not begin(None) or _is_known(client_pk)
    if is_gone and not AuditChain.objects.filter(name=name).exists():
        alarms.raise_alarm(missing(name))
        return False
    try:
        _create(name, client_pk)
    except IntegrityError as e:
        if is_conflict(e):  # the client is gone
            raise
    return True


@transaction.atomic
def _create(name: str, client_pk: int | None) -> None:
    chain = AuditChain(name=name, client_id=client_pk, hash=chaining.genesis(name))
    heads.sign(chain)
    chain.save(force_insert=True)
    if client_pk is not None:
        _record(_BEGUN, name, {})


def end(instance: Client, **_: Any) -> None:
    """Record the end of a client's chain with its last head: a receiver of `pre_delete`."""
    chain = AuditChain.objects.filter(name=chain_name(instance.pk)).first()
    if chain is not None:
        _record(_ENDED, chain.name, {"sequence": chain.sequence, "hash": chain.hash})


def note_heads(*, limit: int) -> int:
    """Record the heads of all chains of clients, once a day; return the number of entries.

    An older head is genuine as well. The register tells that a later one existed.

    Args:
        limit: ignored: a part of them would be taken for all.
    """
    # Mostly there is nothing to do. Then no write transaction is opened.
    return 0 if _are_noted() else _note_heads()


@retried
@transaction.atomic
def _note_heads() -> int:
    operator = AuditChain.objects.select_for_update().filter(name=OPERATOR).first()
    if operator is None or _are_noted():
        return 0
    chains = AuditChain.objects.exclude(client=None).order_by("client").iterator()
    written = 0
    for shelf, some in groupby(chains, key=lambda chain: _shelf(cast("int", chain.client_id))):
        noted = {chain.name: f"{chain.sequence}:{chain.hash}" for chain in some}
        _record(_NOTED, shelf, {"heads": noted})
        written += 1
    return written


def _shelf(client_pk: int) -> str:
    """Return the name of the shelf of a client's chain."""
    return f"shelf:{client_pk // _CLIENTS_A_SHELF}"


def _are_noted() -> bool:
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return bool(_entries().filter(action=_NOTED, at__gte=midnight).exists())


def require_registered(keys_by_id: Mapping[str, bytes] | None) -> list[Expected]:
    """Check that each chain exists that was begun and not ended, and that no other has entries;
    return the newest registered head of each.

    Raises:
        Broken
    """
    latest: dict[str, Expected] = {}
    for known in _registered(keys_by_id):
        if known.sequence < 0:
            latest.pop(known.chain, None)
        elif known.chain not in latest or known.sequence > latest[known.chain].sequence:
            latest[known.chain] = known
    chains = set(AuditChain.objects.values_list("name", flat=True))
    if OPERATOR not in chains:
        raise missing(OPERATOR)
    for name in latest:
        # A client may have been deleted since the register was read.
        if name not in chains and not _entries().filter(action=_ENDED, object_id=name).exists():
            raise missing(name)
    _require_owned_entries()
    gone = dict(AuditCheckpoint.objects.values_list("chain__name", "sequence"))
    return [each for each in latest.values() if each.sequence > gone.get(each.chain, 0)]


def missing(name: str) -> Broken:
    """Return the error of a chain that is gone."""
    return Broken(name, "its head", "chain_missing")


def _registered(keys_by_id: Mapping[str, bytes] | None) -> Iterator[Expected]:
    """Yield what the register says, in order; a negative number for a chain that ended."""
    return _read(_entries().filter(action__in=[_BEGUN, _ENDED, _NOTED]), keys_by_id)


def _read(rows: QuerySet[AuditEntry], keys_by_id: Mapping[str, bytes] | None) -> Iterator[Expected]:
    walk = Walk(OPERATOR, keys_by_id)
    for entry in rows.order_by("pk").iterator():
        walk.check_content(entry.record(), f"entry {entry.public_id}")
        if entry.action == _NOTED:
            for name, head in json.loads(entry.facts)["heads"].items():
                number, _, last_hash = head.partition(":")
                yield Expected(name, int(number), last_hash)
        else:
            number = 0 if entry.action == _BEGUN else -1
            yield Expected(entry.object_id, number, chaining.genesis(entry.object_id))


def _require_owned_entries() -> None:
    """Check that all entries with numbers belong to chains that exist."""
    owners = AuditChain.objects.exclude(client=None).values("client")
    rows = AuditEntry.objects.exclude(client=None).exclude(client__in=owners)
    stray = (
        rows.exclude(sequence=None).first()
        or rows.exclude(client__in=Client.objects.values("pk")).first()
    )
    if stray is not None:
        raise Broken(chain_name(stray.client_id), f"entry {stray.public_id}", "chain_missing")


def _is_known(client_pk: int) -> bool:
    """Return True if the register names the client's chain. Entries are kept for a number of days,
    so at most so many name a shelf."""
    name = chain_name(client_pk)
    rows = _entries().filter(object_id__in=[name, _shelf(client_pk)])
    found = _read(rows.filter(action__in=[_BEGUN, _ENDED, _NOTED]), keys.by_id())
    return any(each.chain == name for each in found)


def _operators_is_gone() -> bool:
    """Return True if there are chains or sealed entries: the operator's chain is the first one."""
    return AuditChain.objects.exists() or AuditEntry.objects.exclude(sequence=None).exists()


def _entries() -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(client=None)


def _record(action: Action, name: str, facts: Mapping[str, Any]) -> None:
    record(
        Act(
            action=action,
            client_pk=None,
            object_type="chain",
            object_id=name,
            facts=facts,
            actor=SYSTEM,
            at=timezone.now(),
        )
    )
