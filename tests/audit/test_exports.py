"""Exports of chains: heads that were noted, files of strangers, and memory."""

import json
import tracemalloc
from copy import copy
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from audit import chaining, exporting, heads, keys
from audit.models import AuditChain, AuditEntry
from audit.stored import entries_of
from tests.audit.chains import seal, verify, write

pytestmark = pytest.mark.django_db
MANY, LONG = 3_000, f'{{"text":"{1000 * "x"}"}}'


@pytest.fixture
def exported(api, tmp_path) -> Path:
    write(api.client, 5)
    seal()
    path = tmp_path / "audit.jsonl"
    assert verify("--export", str(path)).status == 0
    return path


# Heads that were noted -------------------------------------------------------------------


def heads_in(path: Path) -> list[str]:
    return [line.split()[0] for line in verify("--file", str(path)).said.splitlines()]


def test_a_noted_head_is_in_the_file(exported, api):
    (client, operator) = sorted(heads_in(exported))
    assert verify("--file", str(exported), "--expect", client, "--expect", operator).status == 0
    third = AuditEntry.objects.get(client=api.client, sequence=3)
    earlier = f"client:{api.client.pk}:3:{third.hash}"
    assert verify("--file", str(exported), "--expect", earlier).status == 0


@pytest.mark.parametrize(
    ("noted", "cause"),
    [
        ("client:{pk}:3:" + 64 * "0", "number 3: not_as_expected"),
        ("client:{pk}:999:" + 64 * "0", "number 999: not_as_expected"),
        ("client:{pk}:0:" + 64 * "0", "number 0: not_as_expected"),
        ("client:999999:1:" + 64 * "0", "number 1: chain_missing"),
    ],
)
@pytest.mark.parametrize("is_file", [True, False], ids=["file", "database"])
def test_a_noted_head_is_missing(exported, api, is_file, noted, cause):
    noted = noted.format(pk=api.client.pk)
    where = ("--file", str(exported)) if is_file else ()
    verdict = verify(*where, "--expect", noted)
    assert verdict.status == 1
    assert verdict.said.endswith(cause)


def test_the_head_of_an_empty_chain_may_be_noted(api):
    verify()  # begins the operator's chain
    empty = f"operator:0:{chaining.genesis('operator')}"
    assert empty in verify().said
    write(api.client, 1)
    seal()
    assert verify("--expect", empty).status == 0


# Files of strangers ----------------------------------------------------------------------


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines(keepends=True)


def changed(line: str, **members) -> str:
    return f"{json.dumps(json.loads(line) | members)}\n"


GARBAGE = {
    "cut within a line": lambda rows: [*rows[:3], rows[3][:40]],
    "cut behind a line": lambda rows: rows[:3],
    "a huge line": lambda rows: [*rows[:3], '{"is": "' + 5_000_000 * "x" + '"}\n', *rows[3:]],
    "brackets within brackets": lambda rows: [*rows[:3], 90_000 * "[" + "\n", *rows[3:]],
    "a huge number": lambda rows: [*rows[:3], '{"is": ' + 9_000 * "9" + "}\n", *rows[3:]],
    "half a character": lambda rows: [*rows[:3], changed(rows[3], hash="\ud800"), *rows[4:]],
    "a list for a name": lambda rows: [changed(rows[0], chain=["x"]), *rows[1:]],
    "a long name": lambda rows: [changed(rows[0], chain=5000 * "x"), *rows[1:]],
    "a long id": lambda rows: [*rows[:3], changed(rows[3], id=90_000 * "x"), *rows[4:]],
    "control characters": lambda rows: [*rows[:3], changed(rows[3], id="\x1b[2J"), *rows[4:]],
    "more behind the end": lambda rows: [*rows, rows[0]],
    "nulls": lambda _: [10_000 * "\0"],
    "nothing": lambda _: [],
}


@pytest.mark.parametrize("arguments", [(), ("--without-keys",)], ids=["keys", "no keys"])
@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_found_and_named_in_one_short_line(exported, name, arguments):
    exported.write_text("".join(GARBAGE[name](lines_of(exported))))
    verdict = verify("--file", str(exported), *arguments)
    assert verdict.status == 1
    said = verdict.said.splitlines()[-1]
    assert "broken at" in said
    assert said.isascii()
    assert said.isprintable()
    assert len(said) < 400


@pytest.mark.parametrize("option", ["--file", "--export"])
def test_a_folder_is_no_file(api, tmp_path, option):
    verdict = verify(option, str(tmp_path))
    assert verdict.status == 2
    assert "Is a directory" in verdict.said


# Memory ----------------------------------------------------------------------------------


@pytest.fixture
def long_chain(api) -> AuditChain:
    """A chain of many sealed entries."""
    seal()
    chain = AuditChain.objects.get(client=api.client)
    last = AuditEntry.objects.get(client=api.client, sequence=chain.sequence)
    _, key = keys.current()
    rows = []
    for number in range(chain.sequence + 1, MANY + 1):
        row = copy(last)
        row.pk, row.public_id, row.facts = None, UUID(int=number), LONG
        row.sequence, row.mac = (
            number,
            chaining.mac(row.record() | {"facts": json.loads(LONG)}, key),
        )
        row.hash = chain.hash = chaining.link(row.record(), chain.hash, number)
        row.seal = f"{row.key_id}:{chaining.seal(row.record(), key)}"
        rows.append(row)
    AuditEntry.objects.bulk_create(rows, batch_size=500)
    chain.sequence = MANY
    heads.sign(chain)
    chain.save()
    return chain


def test_an_export_and_its_proof_take_constant_memory(long_chain, tmp_path, monkeypatch):
    monkeypatch.setattr("audit.stored._AT_ONCE", 100)
    path = tmp_path / "audit.jsonl"
    tracemalloc.start()
    try:
        with path.open("w") as file:
            assert exporting.export([long_chain], file) == MANY
        _, of_export = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        with path.open(encoding="ascii") as file:
            (walk,) = exporting.prove(file, keys.by_id())
        _, of_proof = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    size = path.stat().st_size
    assert walk.entries == MANY
    assert of_export < size / 4
    assert of_proof < size / 8


def test_a_huge_line_is_not_read(tmp_path):
    path = tmp_path / "audit.jsonl"
    path.write_text(50_000_000 * "x")
    tracemalloc.start()
    try:
        assert verify("--file", str(path)).said.endswith("line 1: unreadable")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's plan of a query")
def test_a_page_of_a_chain_is_read_from_where_the_last_one_ended(api):
    """By the index, so that the last page of a long chain costs no more than the first one.

    For MariaDB's and MySQL's plan see `tests.services.test_mysql_audit`."""
    write(api.client, 3)
    seal()
    chain, asked = AuditChain.objects.get(client=api.client), []

    def note(execute, sql, values, many, context):
        asked.append((sql, values))
        return execute(sql, values, many, context)

    with connection.execute_wrapper(note):
        assert len(list(entries_of(chain, after=0))) == chain.sequence
    sql, values = asked[-1]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        plan = [row[-1] for row in cursor.fetchall()]
    assert len(plan) == 1  # no sorting
    assert plan[0].endswith("(client_id=? AND sequence>?)")


# The signature of the file ---------------------------------------------------------------


def without_a_chain(rows: list[str]) -> list[str]:
    begin = [number for number, row in enumerate(rows) if json.loads(row)["is"] == "chain"]
    return [*rows[: begin[1]], changed(rows[-1], chains=1)]


def test_a_chain_that_is_left_out_lacks_the_key(exported):
    exported.write_text("".join(without_a_chain(lines_of(exported))))
    assert verify("--file", str(exported)).said.endswith("the file: broken at its end: changed")
    verdict = verify("--file", str(exported), "--without-keys")
    assert verdict.status == 0
    assert "nor that no chain is missing" in verdict.said


MEMBERS = {
    "of an entry": lambda rows: [*rows[:3], changed(rows[3], note="x"), *rows[4:]],
    "of the end": lambda rows: [*rows[:-1], changed(rows[-1], note="x")],
    "twice": lambda rows: [*rows[:3], rows[3].replace("{", '{"facts": {},', 1), *rows[4:]],
    "none": lambda rows: [*rows[:-1], '{"is":"end","chains":2}\n'],
}


@pytest.mark.parametrize("name", MEMBERS)
def test_members_that_no_export_has(exported, name):
    exported.write_text("".join(MEMBERS[name](lines_of(exported))))
    assert verify("--file", str(exported), "--without-keys").said.endswith(": unreadable")
