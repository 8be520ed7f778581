"""manage.py evaluate: error rates of a recognition model on labelled images."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from faceplatform import output_files
from faceplatform.engine.stages.recognition import Recognizer, build_recognizer
from faceplatform.errors import FaceplatformError
from faceplatform.evaluation import (
    acquisition,
    by_group,
    calibration_file,
    det_plot,
    fusion,
    held_out,
    held_out_report,
    measurement,
    pairs,
    people,
    report,
    session_points,
    site_report,
)
from faceplatform.evaluation.by_group import Labels, Tables
from faceplatform.evaluation.comparisons import Comparisons
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.pairs import PairList
from faceplatform.evaluation.studies import mirror
from faceplatform.evaluation.studies import report as studies
from faceplatform.matching.calibration import Calibration, read_calibration
from faceplatform.matching.model import RecognitionModel

LOCATE = {
    None: acquisition.build_photograph_locator,
    "mesh": acquisition.build_mesh_locator,
    "given": acquisition.build_given_locator,
}
_NOBODY_HELD_OUT = "nobody was held out: half of the people are too few"


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """The results for a model.

    Attributes:
        labels: (samples,), the group of each sample's person; None without groups.
        images: their name and numbers, as data.
        data: see `report.as_data`.
        no_calibration: why there can be none, although one was asked for; or an empty text.
    """

    model: RecognitionModel
    samples: acquisition.Samples
    labels: Labels | None
    found: measurement.Measurement
    groups: dict[str, dict[by_group.Counts, Comparisons]]
    images: dict[str, Any]
    data: dict[str, Any]
    no_calibration: str

    def page(self, compared: dict[str, Calibration]) -> str:
        """Return the report as HTML, with the rates of these calibrations."""
        samples = self.samples
        return site_report.render(
            self.data, samples.embeddings[0], samples.people, self.labels, compared
        )


def _draws(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is no number of times")
    return int(text)


class Command(BaseCommand):
    help = "Measure how well a recognition model tells people apart, and calibrate its thresholds."
    requires_system_checks = []  # the checks require the calibration that this command makes

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--pairs",
            type=Path,
            metavar="CSV",
            help=f"columns {', '.join(pairs.COLUMNS)}",
        )
        parser.add_argument(
            "--people",
            type=Path,
            metavar="CSV",
            help=f"columns {people.PERSON}, {people.GROUP}: rates are those within each group. "
            "Without --pairs, the photographs of everybody listed, each in a folder of that name",
        )
        parser.add_argument(
            "--group-column", default=people.GROUP, metavar="NAME", help="of --people"
        )
        parser.add_argument("--images", type=Path, required=True, metavar="DIR")
        parser.add_argument(
            "--model", metavar="NAME", help="instead of FACEPLATFORM_RECOGNITION_MODEL"
        )
        parser.add_argument(
            "--aligned",
            nargs="?",
            const="mesh",
            choices=("mesh", "given"),
            help="the images are aligned chips of 112x112: align them again by the mesh, as the "
            "product does (mesh, the default), or resample them as they are (given)",
        )
        parser.add_argument("--source", metavar="TEXT", help="description of the images")
        parser.add_argument(
            "--json", type=Path, metavar="FILE", help="write the figures to this file"
        )
        parser.add_argument(
            "--calibrate",
            nargs="?",
            type=Path,
            const=Path(),
            metavar="FILE",
            help="write the thresholds, to calibration/<model>.json by default",
        )
        parser.add_argument(
            "--study",
            action="store_true",
            help="also compare ways of fusing",
        )
        parser.add_argument(
            "--det", type=Path, metavar="FILE.svg", help="write the DET plot to this file"
        )
        parser.add_argument(
            "--html",
            type=Path,
            metavar="FILE.html",
            help="write a report with plots, in one file, on promised and actual rates by group",
        )
        parser.add_argument(
            "--held-out",
            type=_draws,
            metavar="N",
            help="N times, make thresholds from one random half of the people of each group, and "
            "count in the other; both ways round. Without it "
            f"{held_out.DRAWS_OF_REPORT} times with --calibrate and --html; 0 for never",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["calibrate"] is not None and options["aligned"] == "given":
            raise CommandError("--aligned given is not for thresholds, since the product realigns")
        if options["pairs"] is None and options["people"] is None:
            raise CommandError("one of --pairs and --people is needed")
        try:
            output_files.require_files(*_outputs(options))
            self._evaluate(options)
        except (EvaluationError, OSError) as e:
            raise CommandError(str(e)) from e
        except FaceplatformError as e:
            raise CommandError(e.detail) from e

    def _evaluate(self, options: dict[str, Any]) -> None:
        measured = self._measure(options)
        model, data = measured.model, measured.data
        self._write_lines(report.lines(data))
        if options["study"]:
            data["study"] = self._study(measured, options)
        if options["det"] is not None:
            options["det"].write_text(_det(model, measured.found))
        withheld = ""
        if draws := _splits(options):
            data["held_out"] = self._hold_out(draws, measured.samples, measured.labels)
            withheld = data["held_out"]["withheld"]
        if options["json"] is not None:
            options["json"].write_text(json.dumps(data, indent=1) + "\n")
        compared = site_report.in_use(model, settings.FACEPLATFORM_CALIBRATION_DIR)
        no_calibration = measured.no_calibration
        if options["calibrate"] is not None and not no_calibration:
            path = _calibration_path(options["calibrate"], model)
            no_calibration = self._calibrate(path, measured)
            if not no_calibration:
                compared[site_report.OWN] = read_calibration(path, model)
        if options["html"] is not None:
            options["html"].write_text(measured.page(compared), encoding="utf-8")
        if no_calibration:
            raise EvaluationError(f"no calibration was written: {no_calibration}")
        if withheld and options["held_out"]:
            raise EvaluationError(f"{_NOBODY_HELD_OUT}: {withheld}")

    def _measure(self, options: dict[str, Any]) -> _Measured:
        name = options["model"] or settings.FACEPLATFORM_RECOGNITION_MODEL
        listed, labels = _gather(options)
        calibrates = options["calibrate"] is not None
        no_calibration = self._lack_of_photographs(listed, labels) if calibrates else ""
        recognizer = build_recognizer(name)
        if calibrates:
            output_files.require_files(_calibration_path(options["calibrate"], recognizer.model))
        samples = self._acquire(listed, name, recognizer, options)
        if calibrates:
            no_calibration = no_calibration or _lack_of_files(samples)
        is_complete = calibrates and not no_calibration
        found = measurement.measure(
            listed, samples, fusion.COUNTS if is_complete else measurement.REPORTED
        )
        of_samples = None if labels is None else labels[samples.row_of >= 0]
        groups, too_few = _compare_groups(samples, of_samples, found, strict=is_complete)
        images = _images(options, listed)
        source = _source(images, sorted(groups))
        data = report.as_data(
            recognizer.model, source, listed, samples, found, groups=groups, labels=labels
        )
        return _Measured(
            model=recognizer.model,
            samples=samples,
            labels=of_samples,
            found=found,
            groups=groups,
            images=images,
            data=data,
            no_calibration=no_calibration or too_few,
        )

    def _study(self, measured: _Measured, options: dict[str, Any]) -> dict[str, Any]:
        name = options["model"] or settings.FACEPLATFORM_RECOGNITION_MODEL
        found = studies.run(
            measured.samples, mirrored=mirror.is_averaged(name), labels=measured.labels
        )
        self._write_lines(["", *studies.lines(found)])
        return found

    def _acquire(
        self, listed: PairList, name: str, recognizer: Recognizer, options: dict[str, Any]
    ) -> acquisition.Samples:
        toggled = mirror.build_toggled(name) if options["study"] else None
        unreadable: list[OSError] = []
        try:
            return acquisition.acquire(
                listed.images,
                listed.people,
                LOCATE[options["aligned"]](),
                [recognizer] if toggled is None else [recognizer, toggled],
                judge=acquisition.build_quality_judge() if options["study"] else None,
                progress=self._progress,
                on_unreadable=unreadable.append,
            )
        finally:  # below the progress bar
            for error in unreadable:
                self.stderr.write(str(error))

    def _lack_of_photographs(self, listed: PairList, labels: Labels | None) -> str:
        """Say, and return, why the listed photographs make no calibration; or an empty text."""
        try:
            calibration_file.require_photographs(listed.people, labels)
        except EvaluationError as e:
            self.stderr.write(f"no calibration will be written: {e}")
            return str(e)
        return ""

    def _calibrate(self, path: Path, measured: _Measured) -> str:
        """Write the calibration; return why there is none, or an empty text."""
        samples = measured.samples
        try:
            calibration_file.write(
                path,
                model=measured.model,
                source=measured.data["source"],
                images=measured.images,
                tables=Tables(measured.found.fused, measured.groups),
                sessions=session_points.measure(
                    samples.embeddings[0], samples.people, measured.labels
                ),
                acquisition=measured.data["acquisition"],
            )
        except EvaluationError as e:
            return str(e)
        self.stdout.write(f"wrote {path}")
        return ""

    def _hold_out(
        self,
        draws: int,
        samples: acquisition.Samples,
        labels: Labels | None,
    ) -> dict[str, Any]:
        """Return the promises to people held out, or why there are none."""
        try:
            found = held_out.check(
                samples.embeddings[0],
                samples.people,
                labels,
                self._halves(held_out.split(samples.people, labels, draws)),
                strict=False,
            )
        except EvaluationError as e:
            self.stdout.write(f"{_NOBODY_HELD_OUT}: {e}")
            return {"draws": draws, "withheld": str(e), "promises": [], "left_out": []}
        promises = held_out_report.as_data(found)
        left_out = held_out_report.left_out(found, labels)
        self._write_lines(["", *held_out_report.lines(promises)])
        self._write_lines(
            f"left out, half of the people are too few: {group or 'everybody'}, {compared}"
            for group, compared in left_out
        )
        return {"draws": draws, "withheld": "", "promises": promises, "left_out": left_out}

    def _halves(self, halves: Sequence[held_out.Halves]) -> Iterable[held_out.Halves]:
        return tqdm(halves, desc="halves", unit="", file=self.stderr, mininterval=0.5)

    def _write_lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.stdout.write(line)

    def _progress(self, images: Sequence[Path]) -> Iterable[Path]:
        return tqdm(images, desc="images", unit="", file=self.stderr, mininterval=0.5)


def _lack_of_files(samples: acquisition.Samples) -> str:
    """Return why a calibration of these samples would miss somebody; or an empty text."""
    count = samples.failures[acquisition.UNREADABLE]
    return f"{count} of the listed photographs cannot be read" if count else ""


def _compare_groups(
    samples: acquisition.Samples,
    labels: Labels | None,
    found: measurement.Measurement,
    *,
    strict: bool,
) -> tuple[dict[str, dict[by_group.Counts, Comparisons]], str]:
    """Compare within each group.

    Returns:
        The comparisons, and with ``strict`` why they make no calibration, or an empty text.
    """
    compare = partial(
        by_group.compare_groups, samples.embeddings[0], samples.people, labels, found.fused
    )
    if not strict:
        return compare(strict=False), ""
    try:
        calibration_file.require_complete(found.fused)
        return compare(strict=True), ""
    except EvaluationError as e:
        return compare(strict=False), str(e)


def _outputs(options: dict[str, Any]) -> list[Path | None]:
    """Return the files to write that the operator named; None for one that is not asked for."""
    named = [options[name] for name in ("json", "det", "html", "calibrate")]
    return [None if path == Path() else path for path in named]


def _splits(options: dict[str, Any]) -> int:
    """Return how often people are split into halves."""
    if options["held_out"] is not None:
        return int(options["held_out"])
    is_shown = options["html"] is not None and options["calibrate"] is not None
    return held_out.DRAWS_OF_REPORT if is_shown else 0


def _gather(options: dict[str, Any]) -> tuple[PairList, Labels | None]:
    """Return the photographs, with the listed pairs if any, and the group of each photograph."""
    folder: Path = options["images"]
    if options["people"] is None:
        return pairs.read(options["pairs"], folder), None
    groups = people.read_groups(options["people"], column=options["group_column"])
    if options["pairs"] is not None:
        listed = pairs.read(options["pairs"], folder)
    else:
        gathered = people.gather(folder, sorted(groups))
        listed = PairList(gathered.images, gathered.people, ())
    return listed, people.labels_of(listed.images, groups)


def _images(options: dict[str, Any], listed: PairList) -> dict[str, Any]:
    return {
        "name": options["source"] or options["images"].resolve().name,
        "people": len(set(listed.people.tolist())),
        "pictures": len(listed.images),
        "aligned": options["aligned"],
    }


def _source(images: dict[str, Any], groups: Sequence[str]) -> str:
    among = f"within each group ({', '.join(groups)})" if groups else "all against all"
    counts = f"{images['people']:,} people, {images['pictures']:,} photographs"
    return f"{images['name']}: {counts}, {among}"


def _det(model: RecognitionModel, found: measurement.Measurement) -> str:
    curves = {"one frame": found.single}
    for templates, probes in measurement.REPORTED:
        if (templates, probes) in found.fused:
            curves[f"{templates} fused v {probes}"] = found.fused[templates, probes]
    return det_plot.draw_svg(f"{model.name}: detection error trade-off", curves)


def _calibration_path(given: Path, model: RecognitionModel) -> Path:
    if given != Path():
        return given
    folder: Path = settings.FACEPLATFORM_CALIBRATION_DIR
    return folder / f"{model.name}.json"
