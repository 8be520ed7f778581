"""The embedded default's cache: one file for all web processes of a machine."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError

from faceplatform import cache as module
from faceplatform.cache import Counter, MachineCache
from tests.stage import problem

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clock(monkeypatch):
    """Replace the clock by one that only moves when told."""
    now = [1_000_000.0]
    monkeypatch.setattr(module, "time", lambda: now[0])
    monkeypatch.setattr("time.time", lambda: now[0])  # Django computes the expiry from it
    return now


@pytest.fixture
def file(tmp_path):
    return tmp_path / "cache.sqlite3"


def opened(file) -> MachineCache:
    return MachineCache(str(file), {})


def test_what_one_writes_another_reads(file):
    opened(file).set("calls", [1.5, 2.5], 60)
    assert opened(file).get("calls") == [1.5, 2.5]


COUNT = """
import sys
from django.conf import settings
settings.configure()
from faceplatform.cache import Counter, MachineCache
cache = MachineCache(sys.argv[1], {})
for call in range(200):
    cache.set(f"{sys.argv[2]}:{call}", call, 60)
    cache.count("calls", 60, other="earlier")
"""


def test_processes_that_write_at_once_lose_nothing(file):
    names = ["a", "b", "c", "d", "e", "f"]
    processes = [
        subprocess.Popen([sys.executable, "-c", COUNT, str(file), name], cwd=ROOT) for name in names
    ]
    assert [process.wait(timeout=60) for process in processes] == [0] * len(names)
    reader = opened(file)
    assert all(reader.get(f"{name}:{call}") == call for name in names for call in range(200))
    assert reader.count("calls", 60, other="earlier", amount=0) == (200 * len(names), 0)


def test_a_value_is_gone_when_its_time_is_over(file, clock):
    shared = opened(file)
    shared.set("calls", 1, 60)
    clock[0] += 59
    assert shared.get("calls") == 1
    clock[0] += 1
    assert shared.get("calls", "nothing") == "nothing"
    assert shared.touch("calls", 60) is False
    assert shared.delete("calls") is False


def test_what_has_expired_takes_no_room(file, clock):
    shared = opened(file)
    for caller in range(50):
        shared.set(f"caller:{caller}", 1, 60)
    clock[0] += 60
    assert shared.get("another") is None
    shared.set("another", 1, 60)
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (1,)


def test_no_number_of_callers_pushes_a_count_out(file):
    shared = opened(file)
    shared.set("failures", 10, 60)
    for caller in range(2000):
        shared.set(f"caller:{caller}", 1, 60)
    assert shared.get("failures") == 10


def test_a_counter_lives_from_its_first_count(file, clock):
    one, another = opened(file), opened(file)
    counts = [cache.count("calls", 60, other="earlier") for cache in (one, another, one)]
    assert counts == [(1, 0), (2, 0), (3, 0)]
    clock[0] += 59
    assert another.count("calls", 60, other="earlier", amount=-1) == (2, 0)
    assert one.count("later", 60, other="calls") == (1, 2)
    clock[0] += 1
    assert one.count("later", 60, other="calls") == (2, 0)
    assert another.count("calls", 60, other="later") == (1, 2)


def test_add_takes_a_free_key_only(file, clock):
    shared = opened(file)
    assert shared.add("key", "mine", 60) is True
    assert shared.add("key", "yours", 60) is False
    assert shared.get("key") == "mine"
    clock[0] += 60
    assert shared.add("key", "yours", 60) is True


def test_touch_delete_and_clear(file, clock):
    shared = opened(file)
    shared.set("a", 1, 60)
    shared.set("b", 2, timeout=None)
    assert shared.touch("a", 120) is True
    clock[0] += 100
    assert shared.get_many(["a", "b"]) == {"a": 1, "b": 2}
    assert shared.delete("a") is True
    assert shared.get("a") is None
    shared.clear()
    assert shared.get("b") is None


def test_a_file_that_cannot_be_used_is_an_error(tmp_path):
    (tmp_path / "cache.sqlite3").write_bytes(b"no database" * 100)
    shared = opened(tmp_path / "cache.sqlite3")
    with pytest.raises(OperationalError):
        shared.get("calls")


@pytest.mark.django_db
def test_without_the_cache_nobody_is_let_through(api, settings, monkeypatch, file):
    """If calls cannot be counted, they are refused."""
    backend = f"{MachineCache.__module__}.{MachineCache.__name__}"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": file}}

    def broken(self, *args):
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(MachineCache, "_execute", broken)
    problem(api.open_enrollment(), 503, "storage_unavailable")


def test_several_counters_in_one_statement(file, clock, monkeypatch):
    statements = []
    run = MachineCache._run

    def recorded(self, statement, values):
        statements.append(statement)
        return run(self, statement, values)

    shared = opened(file)
    shared.count("a:0", 120, other="-")
    monkeypatch.setattr(MachineCache, "_run", recorded)
    pair = [Counter("b:1", 120, "b:0"), Counter("a:1", 120, "a:0")]
    assert shared.count_all(pair) == [(1, 0), (1, 1)]
    statements.clear()
    assert shared.count_all(pair) == [(2, 0), (2, 1)]
    assert len(statements) == 1
    assert shared.count_all(pair, -1) == [(1, 0), (1, 1)]
    clock[0] += 120
    assert shared.count_all(pair) == [(1, 0), (1, 0)]
