"""CSV files that people open in spreadsheets: no text in them becomes a formula."""

import csv
from collections.abc import Iterable
from typing import Any

# A spreadsheet takes a cell that begins with one of these for a formula. The last four are the wide
# forms of the first four.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_APOSTROPHE = "'"


def write(to: Any, rows: Iterable[Iterable[Any]]) -> None:
    """Write rows to a text file that was opened with ``newline=""``.

    A text that a spreadsheet would take for a formula, or that begins with an apostrophe, gets an
    apostrophe before it. All texts are in quotes, since some spreadsheets part cells at semicolons.
    """
    writer = csv.writer(to, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith((*_FORMULA, _APOSTROPHE)):
        return f"{_APOSTROPHE}{value}"
    return value
