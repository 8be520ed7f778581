"""The proof of a chain: a walk along records, wherever they come from, in constant memory."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

from audit import chaining
from audit.chaining import Record

_MOST_PRINTED = 300


class Broken(Exception):
    """A chain is broken.

    Args:
        chain: its name.
        place: the first record that is wrong, for people.
        cause: stable code, such as ``changed``.
    """

    def __init__(self, chain: str, place: str, cause: str) -> None:
        super().__init__(_printable(f"{chain}: broken at {place}: {cause}"))
        self.chain, self.place, self.cause = chain, place, cause


class Unprovable(Broken):
    """A noted head is outside of what is here: older than what retention has left, or in another
    part. Nothing here tells if it was genuine."""

    def __init__(self, expected: "Expected", where: str) -> None:
        super().__init__(expected.chain, f"number {expected.sequence}", "outside")
        self.args = (f"{expected.chain}: number {expected.sequence}: {where}, cannot be checked",)


class Expected(NamedTuple):
    """A head that was noted earlier: its chain must still contain it."""

    chain: str
    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a chain: the number and hash of an entry, and the keyed hash that vouches for it.

    Attributes:
        kind: ``head``, ``checkpoint``, or ``part`` where an export begins or ends in between.
    """

    kind: str
    sequence: int
    hash: str
    mac: str
    key_id: str


class Walk:
    """A check of one chain, record by record.

    Attributes:
        sequence, hash: of the last record that was checked.
        entries, erased: how many were checked, and how many of them an erasure has emptied.
        is_part: the walk began or ended in the middle of the chain.
    """

    def __init__(
        self,
        chain: str,
        keys: Mapping[str, bytes] | None,
        expected: Collection[Expected] = (),
    ) -> None:
        """Begin at the chain's first row.

        Args:
            keys: the keys by id; None to check what needs no key.
            expected: heads of this chain, and of others, which are ignored.
        """
        self.chain, self._keys = chain, keys
        self._expected = [each for each in expected if each.chain == chain]
        self._numbers = {each.sequence for each in self._expected}
        self.sequence, self.hash = 0, chaining.genesis(chain)
        self._start: Mark | None = None
        self.is_part = False
        self.entries = self.erased = 0

    def start_at(self, mark: Mark) -> None:
        """Begin after rows that retention has deleted, or that an earlier part has.

        Raises:
            Broken
        """
        self.require_mark(mark)
        self.sequence, self.hash = mark.sequence, mark.hash
        self._start, self.is_part = mark, mark.kind == "part"
        self._require_expected()

    def take(self, record: Record) -> None:
        """Check the next record.

        Raises:
            Broken
        """
        place = f"entry {record['id']!s:.40} (number {record['sequence']!s:.20})"
        if record["sequence"] != self.sequence + 1:
            missing = f"number {self.sequence + 1}, before {place}"
            self._fail(missing, "number_missing_or_repeated")
        self.check_content(record, place)
        if not chaining.same(chaining.link(record, self.hash, self.sequence + 1), record["hash"]):
            self._fail(place, "hash_wrong")
        self.check_seal(record, place)
        self.sequence, self.hash = record["sequence"], record["hash"]
        self._require_expected()
        self.entries += 1
        self.erased += bool(record["erasure_mac"])

    def check_content(self, record: Record, place: str) -> None:
        """Check a record apart from its place in the chain.

        Raises:
            Broken
        """
        if record["chain"] != self.chain:
            self._fail(place, "of_another_chain")
        if record["erasure_mac"]:
            if record["salt"] or any(record[name] for name in chaining.PERSONAL):
                self._fail(place, "changed_after_erasure")
        elif not chaining.same(chaining.commitment(record), record["commitment"]):
            self._fail(place, "personal_part_changed")
        if self._keys is None:
            return
        key = self._key(record["key_id"], place)
        # Without the name, the keyed seal vouches for the rest by the row's hash.
        is_complete = not chaining.is_withheld(record)
        if is_complete and not chaining.same(chaining.mac(record, key), record["mac"]):
            self._fail(place, "changed")
        erasure = record["erasure_mac"]
        if erasure and not chaining.same(chaining.erasure_mac(record, key), erasure):
            self._fail(place, "erasure_forged")

    def check_seal(self, record: Record, place: str) -> None:
        """Check that a holder of the key gave a record its place.

        Raises:
            Broken
        """
        key_id, _, sealed = record["seal"].rpartition(":")
        if self._keys is not None:
            expected = chaining.seal(record, self._key(key_id, place))
            if not chaining.same(expected, sealed):
                self._fail(place, "seal_wrong")

    def check_unsealed(self, record: Record, place: str) -> None:
        """Check a record that has no place yet.

        Raises:
            Broken
        """
        if record["hash"] or record["seal"]:
            self._fail(place, "unsealed_by_hand")
        self.check_content(record, place)

    def finish(self, head: Mark) -> None:
        """Check that the walk has reached the chain's head, or the end of a part.

        Raises:
            Broken: rows are missing at the end, the head was changed, or the chain lacks a head
                that was noted.
        """
        if self.sequence != head.sequence:
            place = f"number {min(self.sequence, head.sequence) + 1}"
            self._fail(place, "truncated" if self.sequence < head.sequence else "beyond_head")
        if not chaining.same(self.hash, head.hash):
            self._fail(f"the head (number {head.sequence})", "hash_wrong")
        self.require_mark(head)
        ends_here = head.kind == "head"
        self.is_part = self.is_part or not ends_here
        genesis = Expected(self.chain, 0, chaining.genesis(self.chain))
        for expected in self._expected:
            is_wrong = expected.sequence == 0 and expected != genesis
            if is_wrong or (ends_here and expected.sequence > self.sequence):
                self._fail(f"number {expected.sequence}", "not_as_expected")
        for expected in self._expected:
            if self._start is not None and 0 < expected.sequence < self._start.sequence:
                where = "part" if self._start.kind == "part" else "checkpoint"
                raise Unprovable(expected, f"below the {where}")
            if expected.sequence > self.sequence:
                raise Unprovable(expected, "behind the part")

    def _require_expected(self) -> None:
        """Check the heads that were noted at this number. Those before a checkpoint are gone."""
        if self.sequence in self._numbers:
            for expected in self._expected:
                is_here = expected.sequence == self.sequence
                if is_here and not chaining.same(expected.hash, self.hash):
                    self._fail(f"number {self.sequence}", "not_as_expected")

    def require_mark(self, mark: Mark) -> None:
        """Check the keyed hash of a place in the chain.

        Raises:
            Broken
        """
        if self._keys is None:
            return
        place = f"the {mark.kind} (number {mark.sequence})"
        key = self._key(mark.key_id, place)
        expected = chaining.head_mac(mark.kind, self.chain, mark.sequence, mark.hash, key)
        if not chaining.same(expected, mark.mac):
            self._fail(place, "changed")

    def _key(self, key_id: str, place: str) -> bytes:
        if self._keys is None or key_id not in self._keys:
            self._fail(place, f"key_unknown {key_id}")
        return self._keys[key_id]

    def _fail(self, place: str, cause: str) -> NoReturn:
        raise Broken(self.chain, place, cause)


def require_chains(expected: Collection[Expected], chains: Collection[str]) -> None:
    """Check that the chains of these heads exist.

    Raises:
        Broken
    """
    for each in expected:
        if each.chain not in chains:
            raise Broken(each.chain, f"number {each.sequence}", "chain_missing")


def _printable(text: str) -> str:
    """Return a text that may come from anybody's file as one line of ASCII, of bounded length."""
    return text[:_MOST_PRINTED].encode("unicode_escape").decode("ascii")
