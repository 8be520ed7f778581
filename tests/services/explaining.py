"""Queries, explained by the database as they run."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.db import connection

# The most rows that may be read or sorted at once: a page and one row more, a session's samples, a
# user's sessions. Far below the size of any table.
FEW = 250


class Step(NamedTuple):
    """One row of EXPLAIN: the access to one table."""

    table: str
    kind: str
    key: str
    rows: int
    extra: str

    @property
    def is_unbounded(self) -> bool:
        scans = self.kind in {"ALL", "index"}
        sorts = "filesort" in self.extra or "temporary" in self.extra
        return (scans or sorts) and self.rows > FEW


class Explained(NamedTuple):
    sql: str
    steps: list[Step]


def explain(sql: str, params: Any) -> Explained:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN FORMAT=TRADITIONAL {sql}", params)
        names = [column[0].lower() for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    steps = [
        Step(
            row["table"] or "",
            row["type"] or "",
            row["key"] or "",
            int(str(row["rows"] or 0).split()[0]),  # MariaDB adds a share, as in "1 (0%)"
            row["extra"] or "",
        )
        for row in rows
    ]
    return Explained(sql, steps)


@pytest.fixture
def explained() -> Iterator[list[Explained]]:
    """The explanations of the queries that run, in order."""
    found: list[Explained] = []
    is_inside = False

    def wrapper(execute, sql, params, many, context):
        nonlocal is_inside
        if not is_inside and sql.startswith(("SELECT", "UPDATE", "DELETE")) and " " in sql:
            is_inside = True
            try:
                found.append(explain(sql, params[0] if many else params))
            finally:
                is_inside = False
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield found


def unbounded(found: list[Explained], *, allowed: tuple[str, ...] = ()) -> list[str]:
    """Return the queries that read or sort more than a few rows, except those of a pattern."""
    return [
        f"{query.sql}\n    {step}"
        for query in found
        for step in query.steps
        if step.is_unbounded and not any(re.search(pattern, query.sql) for pattern in allowed)
    ]


def tables_of(found: list[Explained]) -> set[str]:
    return {step.table for query in found for step in query.steps}
