"""manage.py make_attacks: synthetic presentation attacks from photographs."""

import zlib
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from faceplatform import output_files, plain_files
from faceplatform.conf import MAX_IMAGE_BYTES
from faceplatform.engine.decoding.decode import decode
from faceplatform.errors import FaceplatformError, ImageError
from faceplatform.evaluation.acquisition import (
    Locate,
    NotAcquired,
    build_gate,
    build_photograph_locator,
)
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.pad.presentations import Presentation, find_stills
from faceplatform.evaluation.synthetic import species as kinds
from faceplatform.evaluation.synthetic import writing
from faceplatform.evaluation.synthetic.cards import Pixels, Portrait

WARNING = (
    "These attacks are synthetic: rendered, not recorded. They prove that a check is wired. They "
    "give no error rate."
)


class Command(BaseCommand):
    help = (
        "Render presentation attacks from photographs: prints and screens, seen whole, filling the "
        "frame, and moving. " + WARNING
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("photos", type=Path, metavar="PHOTOS", help="a folder of photographs")
        parser.add_argument(
            "out",
            type=Path,
            metavar="OUT",
            help="a new or empty folder; each species gets a folder in it",
        )
        parser.add_argument(
            "--species",
            nargs="+",
            choices=list(kinds.SPECIES),
            default=list(kinds.SPECIES),
            metavar="NAME",
            help=f"of {', '.join(kinds.SPECIES)} (all)",
        )
        parser.add_argument(
            "--variants",
            type=int,
            default=1,
            metavar="N",
            help="presentations of each species and photograph (1)",
        )
        parser.add_argument(
            "--seed", type=int, default=0, metavar="N", help="of all randomness (0)"
        )
        parser.add_argument(
            "--folders",
            action="store_true",
            help="write sequences as folders of numbered images instead of clips",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["variants"] < 1 or options["seed"] < 0:
            raise CommandError("--variants is 1 or more, --seed 0 or more")
        try:
            self._make(options)
        except (EvaluationError, OSError) as e:
            raise CommandError(str(e)) from e
        except FaceplatformError as e:
            raise CommandError(e.detail) from e

    def _make(self, options: dict[str, Any]) -> None:
        out = options["out"]
        output_files.require_folder(out)
        photos = find_stills(options["photos"])
        if out.exists() and any(out.iterdir()):
            raise EvaluationError(f"{out} is not empty: attacks of two runs would mix")
        for name in options["species"]:
            (out / name).mkdir(parents=True)
        (out / "README.txt").write_text(_readme(options))
        locate, failures = build_gate(build_photograph_locator(), ()), Counter[str]()
        for photo in self._progress(photos):
            try:
                portrait = _portrait(photo, locate)
            except (NotAcquired, ImageError) as e:
                failures[str(e) if isinstance(e, NotAcquired) else e.code] += 1
                continue
            self._draw_all(portrait, photo.name, options)
        self._report(len(photos), failures, out)

    def _draw_all(self, portrait: Portrait, photo: str, options: dict[str, Any]) -> None:
        for name in options["species"]:
            for variant in range(1, options["variants"] + 1):
                # Its own generator, so that one photograph or species more changes no other attack.
                label = f"{name}/{photo}/{variant}"
                rng = np.random.default_rng((options["seed"], zlib.crc32(label.encode())))
                frames = kinds.SPECIES[name].draw(portrait, rng)
                path = options["out"] / name / f"{photo}-{variant}"
                _write(frames, path, as_folder=options["folders"])

    def _report(self, photos: int, failures: Counter[str], out: Path) -> None:
        used = photos - failures.total()
        reasons = "".join(f", {reason}: {count}" for reason, count in sorted(failures.items()))
        self.stdout.write(f"photographs used   {used} of {photos}{reasons}")
        if not used:
            raise EvaluationError("no photograph shows exactly one face")
        self.stdout.write(f"wrote {out}")
        self.stdout.write(WARNING)

    def _progress(self, photos: Sequence[Presentation]) -> Iterable[Presentation]:
        return tqdm(photos, desc="photographs", unit="", file=self.stderr, mininterval=0.5)


def _portrait(photo: Presentation, locate: Locate) -> Portrait:
    pixels = decode(plain_files.read(photo.path, most_bytes=MAX_IMAGE_BYTES)).pixels
    face = locate(pixels).candidate
    return Portrait(pixels=pixels, box=face.detection.box, mesh=face.mesh.points)


def _write(frames: list[Pixels], path: Path, *, as_folder: bool) -> None:
    if len(frames) == 1:
        writing.write_still(frames[0], path)
    elif as_folder:
        writing.write_folder(frames, path)
    else:
        writing.write_clip(frames, path, fps=kinds.FPS)


def _readme(options: dict[str, Any]) -> str:
    described = (f"{name}: {kinds.SPECIES[name].description}" for name in options["species"])
    return "\n".join([WARNING, "", *described, "", f"seed {options['seed']}", ""])
