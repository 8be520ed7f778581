"""The settings of the web server's connections."""

import resource

import pytest

from faceplatform.errors import ConfigurationError
from faceplatform.web import limits


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FACEPLATFORM_WEB_CONNECTIONS", "1"),
        ("FACEPLATFORM_WEB_BUFFER_MB", "0"),
        ("FACEPLATFORM_HEADER_SECONDS", "0"),
        ("FACEPLATFORM_BODY_SECONDS", "soon"),
        ("FACEPLATFORM_LEAST_BYTES_PER_SECOND", "0"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=variable):
        limits.from_environment()


@pytest.fixture
def files(monkeypatch):
    """Replace the soft and hard limit on open files by those of the returned list."""
    now = [1024, 4096]
    monkeypatch.setattr(resource, "getrlimit", lambda _: tuple(now))
    monkeypatch.setattr(resource, "setrlimit", lambda _, new: now.__setitem__(slice(None), new))
    return now


@pytest.mark.parametrize(("connections", "soft"), [(100, 1024), (1000, 1256)])
def test_as_many_files_as_connections_need(files, connections, soft):
    limits.allow_files(connections)
    assert files == [soft, 4096]


def test_more_connections_than_the_system_allows_files(files):
    with pytest.raises(ConfigurationError, match="FACEPLATFORM_WEB_CONNECTIONS=4096"):
        limits.allow_files(4096)
    assert files == [1024, 4096]
