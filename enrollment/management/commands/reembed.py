"""manage.py reembed: templates of the recognition model in use, from images that were kept."""

from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from clients.models import Client
from enrollment import reembedding
from enrollment.management import client_option
from enrollment.reembedding import Step
from faceplatform import output_files, spreadsheets
from faceplatform.engine.registry import get_engine
from faceplatform.errors import FaceplatformError
from faceplatform.output_files import NotWritableError

_SHOWN_FAILURES = 20
_NO_IMAGES = "no_images"


class Command(BaseCommand):
    help = (
        "Make templates of the recognition model in use for users who have some of another model, "
        "from the images that their enrollments kept. Safe to stop and to run again, and to run "
        "several times at once; the service may run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        client_option.add_to(parser)
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")
        parser.add_argument(
            "--report",
            type=Path,
            help="list enrollments to repeat, and the reasons, in this CSV file",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            output_files.require_files(options["report"])
        except NotWritableError as e:
            raise CommandError(str(e)) from e
        client = client_option.chosen(options)
        self.stdout.write(f"recognition model: {get_engine().model.key}")
        self._show("already there", reembedding.done(client).count())
        if options["dry_run"]:
            self._show("to re-embed", reembedding.pending(client).count())
            self._show("no images kept", reembedding.without_images(client).count())
            return
        failed = self._reembed(client)
        self._show("no images kept", reembedding.without_images(client).count())
        if options["report"]:
            self._write_report(options["report"], client, failed)
        self._show_failures(failed)

    def _reembed(self, client: Client | None) -> dict[str, str]:
        """Re-embed and show counts; return the reasons of failures by the enrollment's id."""
        failed: dict[str, str] = {}
        counts: Counter[Step] = Counter()
        try:
            total = reembedding.pending(client).count()
            work = reembedding.reembed(client)
            for each in tqdm(work, total=total, unit=" users", disable=None):
                counts[each.step] += 1
                if each.step is Step.FAILED:
                    failed[each.enrollment_id] = each.reason
        except FaceplatformError as e:
            raise CommandError(
                f"{e.detail}. {counts[Step.REEMBEDDED]} were re-embedded; run it again to go on"
            ) from e
        for step in Step:
            self._show(step, counts[step])
        return failed

    def _show(self, name: str, count: int) -> None:
        self.stdout.write(f"{name:<26}{count}")

    def _write_report(self, report: Path, client: Client | None, failed: dict[str, str]) -> None:
        imageless = reembedding.without_images(client).values_list("public_id", flat=True)
        with report.open("w", newline="") as file:
            rows = ((str(public_id), _NO_IMAGES) for public_id in imageless.iterator())
            spreadsheets.write(file, chain([("enrollment_id", "reason")], failed.items(), rows))

    def _show_failures(self, failed: dict[str, str]) -> None:
        if not failed:
            return
        for enrollment_id, reason in list(failed.items())[:_SHOWN_FAILURES]:
            self.stdout.write(f"  {enrollment_id}: {reason}")
        raise CommandError(
            f"{len(failed)} could not be re-embedded: these users must enroll again "
            "(--report FILE lists all)"
        )
