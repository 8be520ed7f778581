"""manage.py models: list, install and verify weights."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from faceplatform.engine.catalogue import choices, weights
from faceplatform.engine.catalogue import deepface as deepface_choices
from faceplatform.engine.catalogue.manifest import MANIFEST, ModelFile
from faceplatform.engine.preparation import installation
from faceplatform.errors import ConfigurationError, EngineError

COLUMNS = ("name", "in use", "installed", "MB", "licence", "purpose")


class Command(BaseCommand):
    help = "List, prepare or verify the weights of the models."
    requires_system_checks = []  # this command fixes what the checks complain about

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="list every model; mark those in use")
        listing.add_argument(
            "--json", action="store_true", help="as JSON, with files, checksums and sources"
        )
        prepare = actions.add_parser(
            "prepare",
            help="install models; without names those that the settings name, with --from also "
            "all that the folder has",
        )
        prepare.add_argument("names", nargs="*", metavar="NAME")
        prepare.add_argument("--from", dest="source", type=Path, metavar="DIR")
        actions.add_parser("verify", help="read every installed file and compare its checksum")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            if options["action"] == "list":
                self._list(as_json=options["json"])
            elif options["action"] == "prepare":
                self._prepare(options["names"], options["source"])
            else:
                self._verify()
        except BrokenPipeError:  # `| head` has read enough
            raise
        except (ConfigurationError, EngineError, OSError) as e:
            raise CommandError(str(e)) from e

    def _list(self, *, as_json: bool) -> None:
        in_use = choices.weights_in_use()
        rows = [_row(model, in_use) for model in MANIFEST.values()]
        if as_json:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for line in _aligned([COLUMNS, *map(_cells, rows)]):
            self.stdout.write(line)

    def _prepare(self, names: list[str], source: Path | None) -> None:
        if source is not None and not source.is_dir():
            raise CommandError(f"{source} is not a folder")
        if unknown := sorted(set(names) - set(MANIFEST) - set(_deepface_names())):
            known = ", ".join((*MANIFEST, *_deepface_names()))
            raise CommandError(f"no such model: {', '.join(unknown)}; there are {known}")
        offered = installation.offered_by(source) if source is not None else []
        for name in names or dict.fromkeys((*offered, *choices.to_prepare())):
            for path in _prepare_model(name, source):
                self.stdout.write(f"{name}: {path}")

    def _verify(self) -> None:
        faults = []
        weights.forget_checksums()
        for name in MANIFEST:
            if not weights.is_installed(name):
                self.stdout.write(f"{name}: not installed")
                continue
            try:
                self.stdout.write(f"{name}: right, {weights.locate(name)}")
            except EngineError as e:
                faults.append(e.detail)
        if faults:
            raise CommandError("\n".join(faults))


def _deepface_names() -> list[str]:
    names = (*deepface_choices.DETECTORS, *deepface_choices.RECOGNITION, "Dlib")
    return [f"{deepface_choices.PREFIX}{name}" for name in names]


def _prepare_model(name: str, source: Path | None) -> list[Path | str]:
    """Install a model. Return the paths of its files."""
    if not name.startswith(deepface_choices.PREFIX):
        return [installation.prepare(name, source_dir=source)]
    known = name.removeprefix(deepface_choices.PREFIX)
    paths = installation.prepare_deepface(known, source_dir=source)
    return list(paths) or ["its weights come with a package"]


def _row(model: ModelFile, in_use: set[str]) -> dict[str, Any]:
    path = weights.installed_path(model.name)
    return {
        "name": model.name,
        "purpose": model.purpose,
        "in_use": model.name in in_use,
        "file": model.file,
        "size": path.stat().st_size if path is not None else model.size,
        "sha256": weights.expected_sha256(model.name),
        "licence": model.licence,
        "source": model.source,
        "installed": str(path) if path is not None else None,
    }


def _cells(row: dict[str, Any]) -> list[str]:
    """Return the cells of a row in the order of COLUMNS."""
    size = row["size"]
    in_use = "yes" if row["installed"] else "missing"
    return [
        row["name"],
        in_use if row["in_use"] else "",
        "yes" if row["installed"] else "no",
        "?" if size is None else f"{size / 1e6:.1f}",
        row["licence"],
        row["purpose"],
    ]


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    columns = list(zip(*table, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
