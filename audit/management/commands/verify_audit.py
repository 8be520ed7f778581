"""manage.py verify_audit: prove the audit log's chains, or an export of them; or write one."""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import exporting, keys, register, stored
from audit.models import OPERATOR, AuditChain, chain_name
from audit.stored import Proof
from audit.verifying import Broken, Expected, Unprovable, Walk, require_chains
from clients.services import client_by_name_or_id
from faceplatform import output_files
from faceplatform.output_files import NotWritableError


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
        try:
            output_files.require_files(options["export"])
        except NotWritableError as e:
            raise CommandError(str(e), returncode=2) from e
        known = None if options["without_keys"] else keys.by_id()
        try:
            if options["file"] is not None:
                self._check_file(options["file"], known, options["expect"])
                self._tell_unproven(known)
                return
            chains = self._chains(options["chain"])
            registered = register.require_registered(known)
            for chain in chains:
                self._tell(stored.prove(chain, known, [*registered, *options["expect"]]))
            require_chains(options["expect"], [chain.name for chain in chains])
            self._tell_unproven(known)
        except Unprovable as e:
            raise CommandError(str(e), returncode=3) from e
        except Broken as e:
            raise CommandError(str(e), returncode=1) from e
        if options["export"] is not None:
            self._export(chains, options["export"])

    def _tell_unproven(self, known: dict[str, bytes] | None) -> None:
        if known is None:
            self.stdout.write(
                "Without the keys it is not proven that this deployment wrote the entries, the "
                "erasures and the heads, nor that no chain is missing."
            )

    def _export(self, chains: list[AuditChain], path: Path) -> None:
        try:
            with path.open("w") as file:
                entries = exporting.export(chains, file)
        except OSError as e:
            raise CommandError(f"{path} cannot be written: {e.strerror}", returncode=2) from e
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

    def _check_file(
        self, path: Path, known: dict[str, bytes] | None, expected: list[Expected]
    ) -> None:
        try:
            # An export is ASCII: anything else in it is wrong, and found as such.
            with path.open(encoding="ascii", errors="replace") as file:
                for walk in exporting.prove(file, known, expected):
                    self._tell_walk(walk)
        except OSError as e:
            raise CommandError(f"{path} cannot be read: {e.strerror}", returncode=2) from e

    def _tell(self, proof: Proof) -> None:
        head = f"{proof.chain}:{proof.head.sequence}:{proof.head.hash}"
        line = f"{head}  {counted(proof.entries)} whole, {proof.erased} of them erased"
        if proof.oldest is not None:
            age = (timezone.now() - proof.oldest).total_seconds()
            line += f"; {proof.unsealed} unsealed, the oldest for {age:.0f} s"
        self.stdout.write(line)

    def _tell_walk(self, walk: Walk) -> None:
        head = f"{walk.chain}:{walk.sequence}:{walk.hash}"
        line = f"{head}  {counted(walk.entries)} whole, {walk.erased} of them erased"
        self.stdout.write(f"{line}; a part of the chain" if walk.is_part else line)


def counted(entries: int) -> str:
    """Return a number of entries in words."""
    return "1 entry" if entries == 1 else f"{entries} entries"
