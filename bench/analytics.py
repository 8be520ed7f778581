"""Analytics with a million ended sessions: the dashboard, a list, a filtered list and an export,
each beside the read of one row.

python -m bench.analytics [--facts N]    On SQLite, or on the database that DATABASE_URL names: an
empty one, or that of an earlier run.
"""

import argparse
import os
import resource
import tempfile
from collections.abc import Callable
from statistics import quantiles
from time import perf_counter
from typing import Any

from bench import analytics_rows, table
from bench.table import Row, Table
from bench.timing import Times, interleaved

ROUNDS = 200
_CLIENT = "bench"
_AT_ONCE = 5000
_TO_ADD = 20_000  # facts that the roll-up adds here; the totals of the others are written directly
_ROOT = "/api/analytics/"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.analytics", description=__doc__)
    parser.add_argument("--facts", type=int, default=1_000_000)
    facts = parser.parse_args().facts
    on_mysql = "DATABASE_URL" in os.environ
    settings = "tests.system.mysql_settings" if on_mysql else "faceplatform.settings.base"
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    with tempfile.TemporaryDirectory(prefix="faceplatform-bench-") as scratch:
        os.environ["FACEPLATFORM_DATA_DIR"] = scratch
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _require_own_database()
        call_command("flush", verbosity=0, interactive=False)
        found = _measured(facts, "MySQL or MariaDB" if on_mysql else "SQLite")
    print(found)
    table.write_json([found])


def _require_own_database() -> None:
    """Stop at a database that somebody else uses: its rows would be deleted."""
    from clients.models import Client

    if Client.objects.exclude(name=_CLIENT).exists():
        raise SystemExit("This database has clients: name an empty one")


def _measured(facts: int, database: str) -> Table:
    from rest_framework.test import APIClient

    from analytics import rolling
    from clients import credentials, tokens

    issued = credentials.create_client(_CLIENT)
    client = issued.credential.client
    client.limits = {"calls_per_minute": 1_000_000}
    client.save(update_fields=["limits"])
    stored = _seconds(lambda: analytics_rows.store(client, facts, to_add=_TO_ADD))
    rolled = _seconds(lambda: _until_done(rolling.roll_up))
    _analyze()
    access = tokens.issue_tokens(issued.credential)["access"]  # now: it lasts for minutes
    http = APIClient(SERVER_NAME="localhost")
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return Table(
        f"Analytics of {facts:,} ended sessions of one client, on {database}",
        [
            Row("facts stored", facts / stored, "a second"),
            Row("facts added to totals", min(facts, _TO_ADD) / rolled, "a second"),
            *_reads(http, client),
            *_exports(client),
        ],
    )


def _reads(http: Any, client: Any) -> list[Row]:
    from analytics.models import SessionFact

    entry = SessionFact.objects.filter(client=client).latest("pk").public_id
    row, page = f"{_ROOT}auth-logs/{entry}/", f"{_ROOT}auth-logs/"
    paths = {
        "one row": row,
        "dashboard, 30 days": f"{_ROOT}dashboard/",
        "dashboard, 1 year": f"{_ROOT}dashboard/?period=1_year",
        "first page": page,
        "page of a user": f"{page}?user_id=user-7",
        "page of an outcome": f"{page}?outcome=failure",
        "page of a reason": f"{page}?reason=liveness_failed",
        "page of a source without sessions": f"{page}?source=none",
        "page of a user and an outcome": f"{page}?user_id=user-7&outcome=failure",
        "page of users": f"{_ROOT}user-behavior/users/",
    }

    def reads(path: str) -> Callable[[], object]:
        def read() -> None:
            answer = http.get(path)
            if answer.status_code != 200:
                raise RuntimeError(answer.content)

        return read

    times = interleaved(
        {name: reads(path) for name, path in paths.items()}, rounds=ROUNDS, warm_up=5
    )
    one = _p95(times["one row"])
    rows = [Row("p95 of one row, through the API", one, "ms", note=str(times["one row"]))]
    for name, measured in list(times.items())[1:]:
        target = "<= 5" if name.startswith("dashboard") else "<= 10"
        rows.append(Row(f"p95 of {name}", _p95(measured) / one, "x one row", target, str(measured)))
    return rows


def _exports(client: Any) -> list[Row]:
    from analytics import exporting, log
    from analytics.views.exports import AuthLogExportView

    def export(rows: int) -> None:
        exporting.MOST_ROWS = facts.count()  # the bench's own bound: the newest so many rows
        newest = facts.order_by("-ended_at").values_list("ended_at", flat=True)[rows - 1]
        exporting.export(
            facts.filter(ended_at__gte=newest),
            AuthLogExportView.columns,
            order="ended_at",
            file_type="csv",
        ).close()

    facts = log.facts(client)
    rows = min(exporting.MOST_ROWS, facts.count())
    export(rows // 10)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = _seconds(lambda: export(rows))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return [
        Row(f"export of {rows:,} rows", took, "s"),
        Row("memory beyond that for a tenth of them", grown, "MB", "<= 2"),
    ]


def _until_done(run: Callable[..., int]) -> None:
    while run(limit=_AT_ONCE):
        pass


def _analyze() -> None:
    from django.db import connection

    from analytics.models import SessionFact

    name = connection.ops.quote_name(SessionFact._meta.db_table)
    is_mysql = connection.vendor == "mysql"
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {'TABLE ' if is_mysql else ''}{name}")
        cursor.fetchall()


def _p95(times: Times) -> float:
    return quantiles(times.all, n=20)[-1]


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


if __name__ == "__main__":
    main()
