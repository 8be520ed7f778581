"""The report that the import commands print at their end: counts, failures, a CSV file of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.management.base import CommandError, OutputWrapper

from faceplatform import spreadsheets

_SHOWN_FAILURES = 20


@dataclass(frozen=True, slots=True)
class Line:
    """The result for one user; ``reason`` is the stable code of a failure, or empty."""

    user_id: str
    result: str
    reason: str = ""


def show(
    out: OutputWrapper,
    lines: Sequence[Line],
    *,
    results: Iterable[str],
    failures: frozenset[str],
    report: Path | None,
) -> None:
    """Print the number of users with each result; list the failures, all of them in the report.

    Raises:
        CommandError: there are failures.
    """
    counts = Counter(line.result for line in lines)
    failed = [line for line in lines if line.result in failures]
    for result in results:
        out.write(f"{result:<24}{counts[result]}")
    if report is not None:
        with report.open("w", newline="") as file:
            spreadsheets.write(
                file, [("user_id", "reason"), *((line.user_id, line.reason) for line in failed)]
            )
    if not failed:
        return
    for line in failed[:_SHOWN_FAILURES]:
        out.write(f"  {line.user_id!r}: {line.reason}")
    where = (
        f"; all are in {report}" if report else "; --report FILE writes all of them to a CSV file"
    )
    raise CommandError(f"{len(failed)} of {len(lines)} users were not imported{where}")
