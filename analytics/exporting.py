"""Exports of lists as files: CSV or JSON Lines, in constant memory.

Rows are read a thousand at a time, and written to a file that `faceplatform.api.exports` makes.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import IO, Any, Protocol

from django.db.models import Q, QuerySet
from rest_framework.utils.encoders import JSONEncoder

from analytics.errors import ExportTooLarge
from faceplatform import spreadsheets
from faceplatform.api import exports

MOST_ROWS = 100_000
_AT_ONCE = 1000
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


class Writer(Protocol):
    """Writes rows to a text file."""

    def __call__(self, to: Any, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None: ...


Derived = Callable[[Mapping[str, Any]], Any]


def export(
    rows: QuerySet[Any],
    columns: Mapping[str, str],
    derived: Mapping[str, Derived] | None = None,
    *,
    order: str,
    file_type: str,
) -> IO[bytes]:
    """Write the rows to a temporary file, newest first, and return it, ready to be read.

    Args:
        rows: all of which the caller may see.
        columns: paths of the columns, by the names that they have in the file.
        derived: further columns, or other values of some: functions of a row's columns, by name.
        order: name of the time that the list is ordered by.
        file_type: a key of `TYPES`.

    Raises:
        ExportTooLarge
        faceplatform.api.exports.ExportsBusy: the temporary folder is full.
    """
    newest = rows.order_by(f"-{order}", "-pk")
    if newest.values("pk")[MOST_ROWS : MOST_ROWS + 1]:
        raise ExportTooLarge(f"A file has {MOST_ROWS:,} rows at most: choose a shorter time")
    more = derived or {}
    found = _extended(_in_pages(newest, columns, order), list(columns), more)
    names = list({**columns, **more})
    return exports.written(lambda file: _WRITERS[file_type](file, names, found))


def _extended(
    rows: Iterable[Sequence[Any]], names: Sequence[str], derived: Mapping[str, Derived]
) -> Iterator[Sequence[Any]]:
    for row in rows:
        named = dict(zip(names, row, strict=True))
        yield tuple((named | {name: value(named) for name, value in derived.items()}).values())


def _in_pages(
    newest: QuerySet[Any, Any], columns: Mapping[str, str], order: str
) -> Iterator[Sequence[Any]]:
    """Yield the columns of each row.

    In pages of their own, as MySQL's client holds the whole answer to a query in memory.
    """
    page = newest
    while found := list(page.values_list(order, "pk", *columns.values())[:_AT_ONCE]):
        for row in found:
            yield row[2:]
        moment, key, *_ = found[-1]
        before = Q(**{f"{order}__lt": moment}) | Q(pk__lt=key)
        page = newest.filter(before, **{f"{order}__lte": moment})


def _write_csv(to: Any, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    cells = ([_cell(value) for value in row] for row in rows)
    spreadsheets.write(to, chain([names], cells))


def _cell(value: Any) -> Any:
    """Return a value as a text or number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _encoded(value).strip('"')
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def _write_json_lines(to: Any, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    for row in rows:
        to.write(f"{_encoded(dict(zip(names, row, strict=True)))}\n")


def _encoded(value: Any) -> str:
    """Return a value as the API's JSON."""
    return json.dumps(value, cls=JSONEncoder, ensure_ascii=False)


_WRITERS: Mapping[str, Writer] = {"csv": _write_csv, "jsonl": _write_json_lines}
