"""The web server's settings: their limits and their effects."""

import os
import resource
import runpy
from pathlib import Path
from unittest.mock import Mock

import pytest

from faceplatform import celery, server
from faceplatform.errors import ConfigurationError

CONFIGURATION = str(Path(__file__).parents[2] / "gunicorn.conf.py")


def test_several_processes_need_a_cache_that_they_share(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    server.require_shared_cache(1)
    with pytest.raises(ConfigurationError, match="FACEPLATFORM_WEB_WORKERS"):
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
    """Each frame being measured has a core, and no process holds more nets than it can run."""
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(os, "environ", {} if asked is None else {"FACEPLATFORM_WEB_WORKERS": asked})
    gunicorn = runpy.run_path(CONFIGURATION)
    assert gunicorn["workers"] == processes
    assert os.environ["FACEPLATFORM_ENGINE_LANES"] == lanes


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FACEPLATFORM_WEB_WORKERS", "many"),
        ("FACEPLATFORM_WEB_WORKERS", "0"),
        ("FACEPLATFORM_WEB_THREADS", "0"),
        ("PORT", "http"),
        ("PORT", "65536"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(monkeypatch, variable, value):
    """In one line: gunicorn prints a traceback of all other exceptions."""
    monkeypatch.setattr(os, "environ", {variable: value})
    with pytest.raises(SystemExit, match=f"^{variable} must be .*$"):
        runpy.run_path(CONFIGURATION)


def test_all_values_that_cannot_be_used_are_named_at_once(monkeypatch):
    monkeypatch.setattr(os, "environ", {"PORT": "abc", "FACEPLATFORM_WEB_WORKERS": "abc"})
    with pytest.raises(SystemExit) as refused:
        runpy.run_path(CONFIGURATION)
    lines = str(refused.value).splitlines()
    assert [line.split()[0] for line in lines] == ["PORT", "FACEPLATFORM_WEB_WORKERS"]


def test_more_connections_than_the_system_allows_files(monkeypatch):
    monkeypatch.setattr(os, "environ", {"FACEPLATFORM_WEB_CONNECTIONS": "4096"})
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    with pytest.raises(SystemExit, match=r"^FACEPLATFORM_WEB_CONNECTIONS=4096 needs .*$"):
        runpy.run_path(CONFIGURATION)


def test_an_empty_variable_is_none(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    variables = (
        "FACEPLATFORM_HOST",
        "PORT",
        "FACEPLATFORM_WEB_WORKERS",
        "FACEPLATFORM_WEB_THREADS",
        "FACEPLATFORM_ENGINE_LANES",
    )
    monkeypatch.setattr(os, "environ", dict.fromkeys(variables, ""))
    gunicorn = runpy.run_path(CONFIGURATION)
    assert (gunicorn["bind"], gunicorn["threads"]) == ("127.0.0.1:8000", 16)
    assert (gunicorn["workers"], os.environ["FACEPLATFORM_ENGINE_LANES"]) == (2, "1")


def test_the_main_process_logs_each_old_name_once(monkeypatch):
    monkeypatch.setattr(os, "environ", {"WEB_WORKERS": "1"})
    arbiter = Mock()
    runpy.run_path(CONFIGURATION)["on_starting"](arbiter)
    (warning,) = arbiter.log.warning.call_args.args
    assert "WEB_WORKERS is now called FACEPLATFORM_WEB_WORKERS" in warning


def test_workers_and_beat_log_each_old_name_once(monkeypatch, caplog):
    monkeypatch.setattr(os, "environ", {"WORKER_PROCESSES": "1"})
    celery.warn_of_names()
    (record,) = caplog.records
    assert "WORKER_PROCESSES is now called FACEPLATFORM_WORKER_PROCESSES" in record.message


def test_every_process_logs_an_unknown_name_once(monkeypatch, caplog):
    monkeypatch.setattr(os, "environ", {"FACEPLATFORM_WEB_WORKER": "2"})
    arbiter = Mock()
    runpy.run_path(CONFIGURATION)["on_starting"](arbiter)
    (warning,) = arbiter.log.warning.call_args.args
    celery.warn_of_names()
    (record,) = caplog.records
    assert warning == record.message
    assert "did you mean FACEPLATFORM_WEB_WORKERS?" in warning
