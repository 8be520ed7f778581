"""What is no HTTP never reaches a view: the server tells of it as JSON, too."""

import json
import os
import runpy
import socket
from pathlib import Path

import pytest
from gunicorn import util

from faceplatform import server
from faceplatform.errors import ConfigurationError

CONFIGURATION = str(Path(__file__).parents[2] / "gunicorn.conf.py")


@pytest.mark.parametrize(
    "status",
    [
        400,
        414,
        431,
        500,
    ],
)
def test_a_problem_document_without_what_was_sent(status):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        server.write_problem(ours, status, "Some reason", "Invalid HTTP Header: 'secret'")
        head, _, body = theirs.recv(4096).decode().partition("\r\n\r\n")
    lines = head.split("\r\n")
    assert lines[0].startswith(f"HTTP/1.1 {status} ")
    assert "Content-Type: application/problem+json" in lines
    assert f"Content-Length: {len(body)}" in lines
    problem = json.loads(body)
    assert (problem["status"], problem["code"]) == (status, "malformed")
    assert "secret" not in body


def test_it_takes_gunicorns_place(monkeypatch):
    monkeypatch.setattr(util, "write_error", util.write_error)  # put back afterwards
    server.install()
    assert util.write_error is server.write_problem


def test_several_processes_need_a_cache_that_they_share(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    server.require_shared_cache(1)
    with pytest.raises(ConfigurationError, match="WEB_WORKERS"):
        server.require_shared_cache(2)
    settings.CACHES = {"default": {"BACKEND": "faceplatform.cache.CountingRedisCache"}}
    server.require_shared_cache(2)


@pytest.mark.parametrize(
    ("cores", "asked", "processes", "lanes"),
    [
        (1, None, 1, "1"),
        (2, None, 2, "1"),
        (8, None, 4, "2"),
        (2, "1", 1, "2"),
        (2, "3", 3, "1"),
    ],
)
def test_processes_share_the_cores(monkeypatch, cores, asked, processes, lanes):
    """Each frame that is measured has a core, and no process holds more nets than it can run."""
    monkeypatch.setattr(util, "write_error", util.write_error)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(os, "environ", {} if asked is None else {"WEB_WORKERS": asked})
    gunicorn = runpy.run_path(CONFIGURATION)
    assert gunicorn["workers"] == processes
    assert os.environ["ENGINE_LANES"] == lanes


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WEB_WORKERS", "many"),
        ("WEB_WORKERS", "0"),
        ("WEB_THREADS", "0"),
        ("PORT", "http"),
        ("PORT", "65536"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(monkeypatch, variable, value):
    monkeypatch.setattr(util, "write_error", util.write_error)
    monkeypatch.setattr(os, "environ", {variable: value})
    with pytest.raises(ConfigurationError, match=variable):
        runpy.run_path(CONFIGURATION)


def test_an_empty_variable_is_none(monkeypatch):
    monkeypatch.setattr(util, "write_error", util.write_error)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    variables = ("HOST", "PORT", "WEB_WORKERS", "WEB_THREADS", "ENGINE_LANES")
    monkeypatch.setattr(os, "environ", dict.fromkeys(variables, ""))
    gunicorn = runpy.run_path(CONFIGURATION)
    assert (gunicorn["bind"], gunicorn["threads"]) == ("127.0.0.1:8000", 16)
    assert (gunicorn["workers"], os.environ["ENGINE_LANES"]) == (2, "1")
