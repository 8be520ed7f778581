"""Tables of results: printed, and written to BENCH_JSON."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One measured value.

    Attributes:
        target: the required minimum or maximum (">= 20", "<= 2"); "" for none.
        note: a remark for readers of the table.
    """

    name: str
    value: float
    unit: str
    target: str = ""
    note: str = ""

    @property
    def met(self) -> bool | None:
        """True if the target is met; None if there is no target."""
        if not self.target:
            return None
        sign, bound = self.target.split()
        return self.value >= float(bound) if sign == ">=" else self.value <= float(bound)

    def as_json(self) -> dict[str, Any]:
        fields = asdict(self)
        fields["met"] = self.met
        return fields


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    rows: list[Row]
    skipped: str = ""

    def __str__(self) -> str:
        lines = [f"\n{self.title}", ""]
        if self.rows:
            lines += ["| what | value | target | met | |", "|---|---:|---|---|---|"]
        lines += [_line(row) for row in self.rows]
        if self.skipped:
            lines += ["", f"SKIPPED: {self.skipped}"]
        return "\n".join(lines)


def write_json(tables: Iterable[Table]) -> None:
    """Write the rows of all tables as one list to the file in BENCH_JSON, if it is set."""
    if path := os.environ.get("BENCH_JSON"):
        rows = [row.as_json() for table in tables for row in table.rows]
        Path(path).write_text(json.dumps(rows, indent=2) + "\n")


def _line(row: Row) -> str:
    met = {None: "", True: "yes", False: "NO"}[row.met]
    return f"| {row.name} | {_short(row.value)} {row.unit} | {row.target} | {met} | {row.note} |"


def _short(value: float) -> str:
    """Format a number with three significant digits and no exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
