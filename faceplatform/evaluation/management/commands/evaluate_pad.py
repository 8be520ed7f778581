"""manage.py evaluate_pad: error rates of passive liveness on labelled presentations."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from faceplatform import output_files, spreadsheets
from faceplatform.engine.registry import get_engine
from faceplatform.engine.stages.liveness import LIVE_SCORE
from faceplatform.errors import FaceplatformError
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.pad import judging, plot, presentations, rates, report
from faceplatform.evaluation.pad.judging import Judged
from faceplatform.evaluation.pad.presentations import Presentation

_COLUMNS = ("presentation", "label", "score", "no_response")
BONA_FIDE = "bona_fide"


class Command(BaseCommand):
    help = (
        "Measure how often passive liveness takes attacks for people (APCER, by species) and "
        "people for attacks (BPCER), after ISO/IEC 30107-3. A presentation is an image, a clip or "
        "a folder of numbered images. This measures the check alone: a session also refuses "
        "frames of poor quality."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bona-fide", type=Path, required=True, metavar="DIR")
        parser.add_argument(
            "--attacks",
            type=Path,
            required=True,
            metavar="DIR",
            help="a folder with a folder for each species",
        )
        parser.add_argument(
            "--threshold",
            type=float,
            default=LIVE_SCORE,
            metavar="SCORE",
            help=f"the least score of a live face ({LIVE_SCORE}, as shipped)",
        )
        parser.add_argument(
            "--frames",
            type=int,
            default=8,
            metavar="N",
            help="judge at most N frames of a sequence, evenly spread, and fuse them (8)",
        )
        parser.add_argument("--source", metavar="TEXT", help="description of the presentations")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to it")
        parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="write the curves to it")
        parser.add_argument(
            "--scores", type=Path, metavar="CSV", help="write the score of each presentation to it"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if not 0 <= options["threshold"] <= 1 or options["frames"] < 1:
            raise CommandError("--threshold lies within 0..1, and --frames is 1 or more")
        try:
            output_files.require_files(options["json"], options["plot"], options["scores"])
            self._evaluate(options)
        except (EvaluationError, OSError) as e:
            raise CommandError(str(e)) from e
        except FaceplatformError as e:
            raise CommandError(e.detail) from e

    def _evaluate(self, options: dict[str, Any]) -> None:
        species = presentations.species_folders(options["attacks"])
        listed = {BONA_FIDE: presentations.find(options["bona_fide"])}
        listed |= {folder.name: presentations.find(folder) for folder in species}
        judged = {label: self._judge(label, found, options) for label, found in listed.items()}
        bona_fide = judged[BONA_FIDE]
        attacks = {folder.name: judged[folder.name] for folder in species}
        faults = [fault for some in judged.values() for each in some for fault in each.faults]
        found = rates.curves(bona_fide, attacks)
        threshold = options["threshold"]
        source = options["source"] or f"{options['bona_fide'].name} v {options['attacks'].name}"
        data = report.as_data(
            source=source,
            threshold=threshold,
            nets=judging.nets_of(each for some in judged.values() for each in some),
            frames=options["frames"],
            bona_fide=rates.of_bona_fide(bona_fide, threshold),
            attacks={name: rates.of_attacks(each, threshold) for name, each in attacks.items()},
            found=found,
        )
        data["unusable_files"] = report.unusable_files(faults)
        for line in report.lines(data):
            self.stdout.write(line)
        for fault in faults:
            self.stdout.write(f"could not be used: {fault.path}: {fault.code}: {fault.detail}")
        if options["json"] is not None:
            options["json"].write_text(json.dumps(data, indent=1) + "\n")
        if options["plot"] is not None:
            title = f"{source}: passive liveness"
            options["plot"].write_text(plot.draw_svg(title, found, threshold=threshold))
        if options["scores"] is not None:
            _write_scores(options["scores"], judged)

    def _judge(
        self, label: str, found: Sequence[Presentation], options: dict[str, Any]
    ) -> list[Judged]:
        def progress(each: Sequence[Presentation]) -> Iterable[Presentation]:
            return tqdm(each, desc=label, unit="", file=self.stderr, mininterval=0.5)

        return judging.judge_all(found, get_engine(), frames=options["frames"], progress=progress)


def _write_scores(path: Path, judged: Mapping[str, Sequence[Judged]]) -> None:
    with path.open("w", newline="") as file:
        rows = (_row(label, one) for label, each in judged.items() for one in each)
        spreadsheets.write(file, chain([_COLUMNS], rows))


def _row(label: str, judged: Judged) -> tuple[str, ...]:
    score = "" if judged.score is None else f"{judged.score:.4f}"
    return judged.presentation.name, label, score, judged.reason or ""
