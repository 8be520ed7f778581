"""manage.py verify_audit: prove the audit log's chains, or an export of them; or write one."""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import exporting, keys, stored
from audit.models import OPERATOR, AuditChain, AuditEntry, chain_name
from audit.stored import Proof
from audit.verifying import Broken, Walk
from clients.services import client_by_name_or_id


class Expected(NamedTuple):
    """A head that was noted earlier."""

    chain: str
    sequence: int
    hash: str


def _expected(text: str) -> Expected:
    chain, number, noted = text.rsplit(":", 2) if text.count(":") >= 2 else ("", "", "")
    if not chain or not number.isdecimal():
        raise ArgumentTypeError("write CHAIN:NUMBER:HASH, as this command prints a head")
    return Expected(chain, int(number), noted)


class Command(BaseCommand):
    help = "Prove the audit log. Ends with status 1 and names the first broken row."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--chain", help=f"a client's name or public id, or {OPERATOR}; default: all"
        )
        parser.add_argument("--file", type=Path, help="check an export, without the database")
        parser.add_argument("--export", type=Path, help="write the chains that were proved")
        parser.add_argument(
            "--expect",
            type=_expected,
            action="append",
            default=[],
            metavar="CHAIN:NUMBER:HASH",
            help="a head that was noted earlier: the chain must still contain it",
        )
        parser.add_argument(
            "--without-keys",
            action="store_true",
            help="check what needs no key of this deployment: the chain of hashes",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        known = None if options["without_keys"] else keys.by_id()
        try:
            if options["file"] is not None:
                self._check_file(options["file"], known)
                return
            chains = self._chains(options["chain"])
            for chain in chains:
                self._tell(stored.prove(chain, known))
            for expected in options["expect"]:
                _require(expected)
        except Broken as e:
            raise CommandError(str(e), returncode=1) from e
        if options["export"] is not None:
            with options["export"].open("w") as file:
                entries = exporting.export(chains, file)
            self.stdout.write(f"{entries} entries exported")

    def _chains(self, name: str | None) -> list[AuditChain]:
        stored.begin_chains()
        chains = AuditChain.objects.order_by("pk")
        if name is None:
            return list(chains)
        client = None if name == OPERATOR else client_by_name_or_id(name)
        if client is None and name != OPERATOR:
            raise CommandError(f"There is no client {name!r}", returncode=2)
        return list(chains.filter(name=chain_name(client.pk if client else None)))

    def _check_file(self, path: Path, known: dict[str, bytes] | None) -> None:
        try:
            # An export is ASCII: anything else in it is wrong, and found as such.
            with path.open(encoding="ascii", errors="replace") as file:
                for walk in exporting.prove(file, known):
                    self._tell_walk(walk)
        except OSError as e:
            raise CommandError(f"{path} cannot be read: {e.strerror}", returncode=2) from e

    def _tell(self, proof: Proof) -> None:
        head = f"{proof.chain}:{proof.head.sequence}:{proof.head.hash}"
        line = f"{head}  {proof.entries} entries whole, {proof.erased} of them erased"
        if proof.oldest is not None:
            age = (timezone.now() - proof.oldest).total_seconds()
            line += f"; {proof.unsealed} unsealed, the oldest for {age:.0f} s"
        self.stdout.write(line)

    def _tell_walk(self, walk: Walk) -> None:
        head = f"{walk.chain}:{walk.sequence}:{walk.hash}"
        self.stdout.write(f"{head}  {walk.entries} entries whole, {walk.erased} of them erased")


def _require(expected: Expected) -> None:
    """Check that a chain still contains a head that was noted.

    Raises:
        Broken
    """
    place = f"number {expected.sequence}"
    chain = AuditChain.objects.filter(name=expected.chain).first()
    if chain is None:
        raise Broken(expected.chain, place, "chain_missing")
    checkpoint = stored.checkpoint_of(chain)
    if checkpoint and expected.sequence < checkpoint.sequence:
        return  # deleted by retention, as the chain itself proves
    if checkpoint and expected.sequence == checkpoint.sequence:
        found: str | None = checkpoint.hash
    else:
        rows = AuditEntry.objects.filter(client=chain.client_id, sequence=expected.sequence)
        found = rows.values_list("hash", flat=True).first()
    if found != expected.hash:
        raise Broken(expected.chain, place, "not_as_expected")
