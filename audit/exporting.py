"""Exports of chains: JSON Lines that are checked without the database.

For each chain: a line ``chain`` with the place that it starts after, a line ``entry`` for each
sealed entry, and a line ``head``, or ``part`` if the chain goes on. The last line, ``end``, counts
the chains and signs all other lines.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

from audit import chaining, heads
from audit import keys as keyring
from audit.chaining import canonical
from audit.models import AuditChain
from audit.stored import entries_of
from audit.verifying import Broken, Expected, Mark, Walk, require_chains

FORMAT = "faceplatform-audit-1"
# Places that a chain may start after: retention has deleted what is before, or another part has it.
_STARTS = ("checkpoint", "part")
# No line of ours is longer; a longer one is not read.
_MOST_CHARACTERS = 100_000
_NAME = re.compile(r"[a-z]{1,20}(:[0-9]{1,20})?")
_MARK = ("sequence", "hash", "mac", "key_id")
_MEMBERS = {
    "chain": {"is", "format", "chain", "start"},
    "entry": {"is", *chaining.MEMBERS},
    "head": {"is", *_MARK},
    "part": {"is", *_MARK},
    "end": {"is", "chains", "mac", "key_id"},
}


class Writer:
    """Writes the lines of an export.

    Attributes:
        entries: how many were written.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file, self._digest = file, hashlib.sha256()
        self._chains = self.entries = 0

    def begin(self, chain: str, start: Mark | None) -> None:
        """Begin a chain after a place of it; None for its first row."""
        place = _as_json(start) if start else None
        self._write({"is": "chain", "format": FORMAT, "chain": chain, "start": place})

    def take(self, record: chaining.Record) -> None:
        """Write the next entry of the chain."""
        self._write({"is": "entry", **record})
        self.entries += 1

    def finish(self, mark: Mark) -> None:
        """End the chain."""
        self._write(_as_json(mark))
        self._chains += 1

    def end(self) -> None:
        """Sign the file."""
        key_id, key = keyring.current()
        mac = chaining.export_mac(self._digest.hexdigest(), key)
        self._write({"is": "end", "chains": self._chains, "mac": mac, "key_id": key_id})

    def _write(self, row: Mapping[str, Any]) -> None:
        line = f"{canonical(row).decode()}\n"
        self._digest.update(line.encode())
        self._file.write(line)


def export(chains: list[AuditChain], file: IO[str]) -> int:
    """Write the chains to a file; return the number of entries."""
    writer = Writer(file)
    for chain in chains:
        chain.refresh_from_db()
        head, checkpoint = heads.of(chain), heads.checkpoint_of(chain)
        writer.begin(chain.name, checkpoint)
        for entry in entries_of(chain, after=checkpoint.sequence if checkpoint else 0):
            if (entry.sequence or 0) > head.sequence:  # sealed since
                break
            writer.take(entry.record())
        writer.finish(head)
    writer.end()
    return writer.entries


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
    walk, chains, digest = None, 0, hashlib.sha256()
    for number, line in lines:
        row, before = _read(line, number), digest.hexdigest()
        digest.update(line.encode())
        try:
            match row["is"]:
                case "chain" if walk is None and row["format"] == FORMAT:
                    walk = _begin(row, keys, expected)
                case "entry" if walk is not None:
                    walk.take(row)
                case "head" | "part" if walk is not None:
                    walk.finish(_mark(row))
                    yield walk
                    walk, chains = None, chains + 1
                case "end" if walk is None and row["chains"] == chains:
                    _require_signed(row, before, keys)
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
    if row["start"] is not None:
        if row["start"]["is"] not in _STARTS:
            raise ValueError(row["start"])
        walk.start_at(_mark(row["start"]))
    return walk


def _as_json(mark: Mark) -> dict[str, Any]:
    return {"is": mark.kind, **{name: getattr(mark, name) for name in _MARK}}


def _mark(row: Mapping[str, Any]) -> Mark:
    if row.keys() != {"is", *_MARK}:
        raise ValueError("unknown members")
    return Mark(row["is"], *(row[name] for name in _MARK))


def _read(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line, object_pairs_hook=_unrepeated)
    except (ValueError, RecursionError) as e:  # the latter of brackets within brackets
        raise _unreadable(number) from e
    if not isinstance(row, dict) or row.keys() != _MEMBERS.get(str(row.get("is"))):
        raise _unreadable(number)
    return row


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object: of a member that is there twice, readers differ on which one counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is repeated")
    return found


def _require_signed(row: Mapping[str, Any], digest: str, keys: Mapping[str, bytes] | None) -> None:
    if keys is None:
        return
    if row["key_id"] not in keys:
        raise Broken("the file", "its end", f"key_unknown {row['key_id']}")
    if not chaining.same(chaining.export_mac(digest, keys[row["key_id"]]), row["mac"]):
        raise Broken("the file", "its end", "changed")


def _unreadable(number: int) -> Broken:
    return Broken("the file", f"line {number}", "unreadable")
