"""The arithmetic of the chain. Pure: no database, no settings.

A record is a dict of JSON values, the same whether it was read from the database or from an export.

- ``commitment``: SHA-256 of the personal part and a random salt. Without the salt nothing can be
  guessed from it, so an erasure removes the salt and the personal part, and the chain stays whole.
- ``mac``: HMAC-SHA256 of the skeleton and the commitment, made when the row is inserted.
- ``hash``: SHA-256 of the previous hash, the row's number, and everything above. It needs no key:
  whoever has an earlier hash can check the chain that leads to or from it.
- ``seal``: HMAC-SHA256 of the row's number and hash, made when it is sealed: nobody without the key
  can number rows.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

Record = Mapping[str, Any]

SKELETON = (
    *("chain", "id", "at", "action", "actor_type", "actor_id"),
    *("object_type", "object_id", "facts"),
)
# The name of an account of the operator's staff is not in the hash that needs no key, so that a
# client can check its chain without learning names. The row's keyed hash has it.
_STAFF = "staff"
PERSONAL = ("subject", "user_id", "address", "request_id", "changes")
# All members of a record.
MEMBERS = (
    *(*SKELETON, *PERSONAL, "salt", "erasure_mac", "commitment", "mac", "key_id"),
    *("sequence", "hash", "seal"),
)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def canonical(value: Any) -> bytes:
    """Return the one way to write a JSON value that is hashed."""
    return _ENCODER.encode(value).encode()


def genesis(chain: str) -> str:
    """Return the hash before a chain's first row, which names the chain."""
    return hashlib.sha256(f"faceplatform audit {chain}".encode()).hexdigest()


def commitment(record: Record) -> str:
    """Return the commitment of a record's personal part and salt."""
    return hashlib.sha256(canonical(_some(record, (*PERSONAL, "salt")))).hexdigest()


def mac(record: Record, key: bytes) -> str:
    """Return the keyed hash of a record as it was inserted."""
    return _keyed(key, "row", _some(record, (*SKELETON, "commitment")))


def erasure_mac(record: Record, key: bytes) -> str:
    """Return the keyed hash that an erasure leaves in place of the salt."""
    return _keyed(key, "erased", {"mac": record["mac"]})


def head_mac(kind: str, chain: str, sequence: int, last_hash: str, key: bytes) -> str:
    """Return the keyed hash of a place in a chain.

    Args:
        kind: ``head``, ``checkpoint`` or ``part``. The end of a part vouches for no head: whoever
            may write to the database could cut the chain there.
    """
    return _keyed(key, kind, {"chain": chain, "sequence": sequence, "hash": last_hash})


def link(record: Record, previous: str, sequence: int) -> str:
    """Return the hash of a record at this place in its chain."""
    row = _some(record, (*SKELETON, "commitment", "mac", "key_id"))
    if record["actor_type"] == _STAFF:
        del row["actor_id"]
    content = {"previous": previous, "sequence": sequence, "row": row}
    return hashlib.sha256(canonical(content)).hexdigest()


def seal(record: Record, key: bytes) -> str:
    """Return the keyed hash of a sealed record's place. Its hash includes the one before it."""
    return _keyed(key, "seal", _some(record, ("chain", "id", "sequence", "hash")))


def export_mac(digest: str, key: bytes) -> str:
    """Return the keyed hash of an export.

    Args:
        digest: SHA-256 of all its lines before the last.
    """
    return _keyed(key, "export", {"sha256": digest})


def withheld(record: Record) -> dict[str, Any]:
    """Return a record as the client may have it: without the name of the operator's staff."""
    return {**record, "actor_id": None} if record["actor_type"] == _STAFF else dict(record)


def is_withheld(record: Record) -> bool:
    """Return True if a name was withheld from the record, which its keyed hash covers."""
    return record["actor_type"] == _STAFF and record["actor_id"] is None


def same(one: str, other: str) -> bool:
    """Compare two hashes in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def _some(record: Record, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: record[name] for name in names}


def _keyed(key: bytes, purpose: str, content: Record) -> str:
    return hmac.new(key, canonical({"is": purpose, **content}), hashlib.sha256).hexdigest()
