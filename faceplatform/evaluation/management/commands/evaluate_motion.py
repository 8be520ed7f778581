"""manage.py evaluate_motion: how `flat_motion` separates heads from photographs that are turned."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from faceplatform import output_files, plain_files
from faceplatform.conf import MAX_IMAGE_BYTES
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.stages.recognition import build_recognizer
from faceplatform.errors import FaceplatformError, ImageError
from faceplatform.evaluation import acquisition
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.motion import films, report, trials


class Command(BaseCommand):
    help = (
        "Turn photographs as heads (synthetic, over the depth of the face mesh) and as flat cards, "
        "and count the verdicts of flat_motion."
    )
    requires_system_checks = []  # as for evaluate

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--photographs",
            type=Path,
            required=True,
            metavar="DIR",
            help="a folder for each person; the first photograph of each is used",
        )
        parser.add_argument(
            "--people", type=int, default=30, metavar="N", help="evenly spaced (default: 30)"
        )
        parser.add_argument(
            "--film",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help="also measure the faces that turn in this film; may be repeated",
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to it")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["people"] < 1:
            raise CommandError("--people is 1 or more")
        try:
            output_files.require_files(options["json"])
            for film in options["film"]:
                films.require_readable(film)
            photographs = _photographs(options["photographs"], options["people"])
            found = list(self._synthetic(photographs))
            filmed = [trial for film in options["film"] for trial in films.trials(film)]
            data = report.as_data(found, filmed)
        except (EvaluationError, OSError) as e:
            raise CommandError(str(e)) from e
        except FaceplatformError as e:
            raise CommandError(e.detail) from e
        for line in report.lines(data):
            self.stdout.write(line)
        if options["json"] is not None:
            options["json"].write_text(json.dumps(data, indent=1) + "\n")

    def _synthetic(self, photographs: Sequence[Path]) -> Iterator[trials.Trial]:
        recognizer = build_recognizer(settings.FACEPLATFORM_RECOGNITION_MODEL)
        locate = acquisition.build_gate(acquisition.build_photograph_locator(), [recognizer])
        for seed, path in enumerate(self._progress(photographs)):
            try:
                pixels = decode(plain_files.read(path, most_bytes=MAX_IMAGE_BYTES)).pixels
                yield from trials.trials(pixels, path.parent.name, locate, seed=seed)
            except (acquisition.NotAcquired, ImageError) as e:
                self.stderr.write(f"{path.name}: {e}")

    def _progress(self, images: Sequence[Path]) -> Iterable[Path]:
        return tqdm(images, desc="people", unit="", file=self.stderr, mininterval=0.5)


def _photographs(folder: Path, count: int) -> list[Path]:
    """Return the first photograph of so many people, evenly spaced.

    Raises:
        EvaluationError: there is none.
        OSError: a folder cannot be read, or has a link, a named pipe or a device in it.
    """
    people = [path for path in plain_files.entries(folder) if plain_files.is_folder(path)]
    found = [path for each in people for path in _jpegs(each)[:1]]
    if not found:
        raise EvaluationError(f"{folder} has no folder of a person with a photograph (*.jpg)")
    return found[:: max(1, len(found) // count)][:count]


def _jpegs(folder: Path) -> list[Path]:
    found = plain_files.entries(folder)
    return [path for path in found if path.suffix == ".jpg" and plain_files.is_file(path)]
