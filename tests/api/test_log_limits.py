"""Refusals that anybody can provoke fill no log: their lines are short, and few in a minute."""

import logging

import pytest

from faceplatform import log_limits
from faceplatform.log_limits import Limited


@pytest.fixture
def clock(monkeypatch):
    """The time, to be set."""
    now = [1000.0]
    monkeypatch.setattr(log_limits.time, "monotonic", lambda: now[0])
    return now


def record(text: str, name: str = "django.security.DisallowedHost") -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, __file__, 1, text, (), None)


def test_a_long_line_is_cut(clock):
    line = record("x" * 5000)
    assert Limited("django.security", per_minute=3).filter(line)
    assert line.getMessage() == "x" * 300 + "..."


def test_a_line_of_others_is_as_it_was(clock):
    limited = Limited("django.security", per_minute=0)
    line = record("x" * 5000, name="faceplatform")
    assert limited.filter(line)
    assert line.getMessage() == "x" * 5000


def test_most_of_many_are_dropped_and_counted(clock):
    limited = Limited("django.security", per_minute=3)
    assert [limited.filter(record("refused")) for _ in range(5)] == [True] * 3 + [False] * 2
    clock[0] += 60
    line = record("refused")
    assert limited.filter(line)
    assert line.getMessage() == "refused (2 more like this were not logged)"


def test_the_console_has_the_limit(settings):
    console = settings.LOGGING["handlers"]["console"]
    assert "security_limit" in console["filters"]
