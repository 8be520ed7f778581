"""Exports of chains: JSON Lines that are checked without the database.

For each chain: a line ``chain`` with its checkpoint, a line ``entry`` for each sealed entry, and a
line ``head``. The last line, ``end``, counts the chains.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

from audit import heads
from audit.chaining import canonical
from audit.models import AuditChain
from audit.stored import entries_of
from audit.verifying import Broken, Expected, Mark, Walk, require_chains

FORMAT = "faceplatform-audit-1"
# No line of ours is longer; a longer one is not read.
_MOST_CHARACTERS = 100_000
_NAME = re.compile(r"[a-z]{1,20}(:[0-9]{1,20})?")
_MARK = ("sequence", "hash", "mac", "key_id")


def export(chains: list[AuditChain], file: IO[str]) -> int:
    """Write the chains to a file; return the number of entries."""
    entries = 0
    for chain in chains:
        chain.refresh_from_db()
        head, checkpoint = heads.of(chain), heads.checkpoint_of(chain)
        begin = {"is": "chain", "format": FORMAT, "chain": chain.name}
        _write(file, begin | {"checkpoint": _as_json(checkpoint) if checkpoint else None})
        for entry in entries_of(chain, after=checkpoint.sequence if checkpoint else 0):
            if (entry.sequence or 0) > head.sequence:  # sealed since
                break
            _write(file, {"is": "entry", **entry.record()})
            entries += 1
        _write(file, {"is": "head", **_as_json(head)})
    _write(file, {"is": "end", "chains": len(chains)})
    return entries


def prove(
    file: IO[str], keys: Mapping[str, bytes] | None, expected: Collection[Expected] = ()
) -> Iterator[Walk]:
    """Check an export line by line; yield the walk along each chain that is whole.

    Args:
        expected: heads that were noted earlier.

    Raises:
        Broken: a chain is, or the file is none of ours or is incomplete.
    """
    lines = enumerate(iter(lambda: file.readline(_MOST_CHARACTERS), ""), 1)
    names = []
    for walk in _walks(lines, keys, expected):
        names.append(walk.chain)
        yield walk
    for number, _ in lines:  # behind the end
        raise _unreadable(number)
    require_chains(expected, names)


def _walks(
    lines: Iterator[tuple[int, str]],
    keys: Mapping[str, bytes] | None,
    expected: Collection[Expected],
) -> Iterator[Walk]:
    walk, chains = None, 0
    for number, line in lines:
        row = _read(line, number)
        try:
            match row["is"]:
                case "chain" if walk is None and row["format"] == FORMAT:
                    walk = _begin(row, keys, expected)
                case "entry" if walk is not None:
                    walk.take(row)
                case "head" if walk is not None:
                    walk.finish(_mark("head", row))
                    yield walk
                    walk, chains = None, chains + 1
                case "end" if walk is None and row["chains"] == chains:
                    return
                case _:
                    raise _unreadable(number)
        except (KeyError, TypeError, AttributeError, ValueError) as e:
            raise _unreadable(number) from e
    raise Broken("the file", "its end", "truncated")


def _begin(
    row: Mapping[str, Any], keys: Mapping[str, bytes] | None, expected: Collection[Expected]
) -> Walk:
    if not _NAME.fullmatch(row["chain"]):
        raise ValueError(row["chain"])
    walk = Walk(row["chain"], keys, expected)
    if row["checkpoint"] is not None:
        walk.start_at(_mark("checkpoint", row["checkpoint"]))
    return walk


def _as_json(mark: Mark) -> dict[str, Any]:
    return {name: getattr(mark, name) for name in _MARK}


def _mark(kind: str, row: Mapping[str, Any]) -> Mark:
    return Mark(kind, *(row[name] for name in _MARK))


def _write(file: IO[str], row: Mapping[str, Any]) -> None:
    file.write(f"{canonical(row).decode()}\n")


def _read(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as e:  # the latter of brackets within brackets
        raise _unreadable(number) from e
    if not isinstance(row, dict) or "is" not in row:
        raise _unreadable(number)
    return row


def _unreadable(number: int) -> Broken:
    return Broken("the file", f"line {number}", "unreadable")
