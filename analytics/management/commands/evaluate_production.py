"""manage.py evaluate_production: error rates of running services, from scores and kept pictures of
users with a recorded consent."""

import json
from argparse import ArgumentTypeError
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from analytics import production
from clients.models import Client
from clients.services import client_by_name_or_id
from enrollment import quality_reports
from faceplatform import output_files
from faceplatform.errors import FaceplatformError
from faceplatform.evaluation.html import production as page
from faceplatform.evaluation.html.production import left_out
from faceplatform.evaluation.html.words import count, share
from faceplatform.output_files import NotWritableError

_DAYS = 90


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as e:
        raise ArgumentTypeError(f"{text!r} is no day such as 2026-11-01") from e


class Command(BaseCommand):
    help = (
        "Compare the scores of running services with the calibration, and measure error rates on "
        "the pictures they keep: both of users with a recorded consent only. Prints numbers only; "
        "each client is noted in the operator's audit log."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--client", help="name or public id; default: all clients")
        parser.add_argument("--since", type=_day, metavar="DAY", help=f"default: {_DAYS} days ago")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to it")
        parser.add_argument("--html", type=Path, metavar="FILE", help="write a report to it")

    def handle(self, *_args: Any, **options: Any) -> None:
        last = timezone.now().date() + timedelta(days=1)  # time zones may be ahead
        first = options["since"] or last - timedelta(days=_DAYS)
        try:
            output_files.require_files(options["json"], options["html"])
            data = {
                "model": quality_reports.model_in_use(),
                "since": first.isoformat(),
                "until": last.isoformat(),
                "clients": [
                    production.of_client(each, first=first, last=last, progress=self._progress)
                    for each in _clients(options["client"])
                ],
            }
        except NotWritableError as e:
            raise CommandError(str(e)) from e
        except FaceplatformError as e:
            raise CommandError(e.detail) from e
        for line in _lines(data):
            self.stdout.write(line)
        try:
            if options["json"] is not None:
                options["json"].write_text(json.dumps(data, indent=1) + "\n")
            if options["html"] is not None:
                options["html"].write_text(page.render(data), encoding="utf-8")
        except OSError as e:
            raise CommandError(str(e)) from e

    def _progress(self, keys: list[int]) -> Iterable[int]:
        return tqdm(keys, desc="enrollments", unit="", file=self.stderr, mininterval=0.5)


def _clients(named: str | None) -> list[Client]:
    if named is None:
        return list(Client.objects.order_by("pk"))
    client = client_by_name_or_id(named)
    if client is None:
        raise CommandError(f"There is no client {named!r}")
    return [client]


def _lines(data: dict[str, Any]) -> Iterator[str]:
    yield f"{data['model']}, sessions from {data['since']}"
    for client in data["clients"]:
        yield ""
        yield client["client"]
        yield (
            "  scores: users with a recorded consent; sessions are kept for "
            f"{count(client['days_kept'])} days"
        )
        yield f"  left out, without a recorded consent: {left_out(client)}"
        if client["scores_withheld"]:
            yield f"  scores: {client['scores_withheld']}"
        for series in client["scores"] or ():
            yield f"  {_series(series)}"
        if client["pictures_withheld"]:
            yield f"  pictures: {client['pictures_withheld']}"
        else:
            yield from _pictures(client["pictures"])


def _series(series: dict[str, Any]) -> str:
    name = f"{series['session_type']} {series['capture_type']} {series['source']}"
    if series["withheld"]:
        return f"{name}: {series['withheld']}"
    return (
        f"{name}: {count(series['values'])} compared, "
        f"refused {share(series['refused_share'])} "
        f"(expected {share(series['expected_refused_share'])}), "
        f"similarity {series['similarity']:.2f} (expected {series['expected_similarity']:.2f})"
        + (", BELOW EXPECTATION" if series["is_below"] else "")
    )


def _pictures(found: dict[str, Any]) -> Iterator[str]:
    yield (
        f"  pictures: {count(found['pictures'])} of {count(found['people'])} people, "
        f"{count(sum(found['failures'].values()))} refused"
    )
    for group in found["promises"]:
        for row in group["promises"]:
            yield (
                f"    promised FMR {row['promised']:g}: {count(row['false_matches'])} false "
                f"matches, actual {share(row['fmr']['rate'])}, missed {share(row['fnmr']['rate'])}"
            )
