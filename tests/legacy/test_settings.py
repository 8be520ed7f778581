"""The settings of the older APIs: an error when wrong, and a warning when they open access."""

import os
import subprocess
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.db import connection

from clients.models import Client
from faceplatform import env
from faceplatform.errors import ConfigurationError
from legacy import binding
from legacy.checks import bindings

ROOT = Path(__file__).resolve().parents[2]
DIALECTS = ("000", "001", "003", "004")


def warnings() -> set[str]:
    return {name for message in run_checks() if (name := message.id or "").startswith("legacy.")}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", {}),
        ("000=demo", {"000": "demo"}),
        (" 000=demo , 004 = My company ", {"000": "demo", "004": "My company"}),
        ("000=a=b", {"000": "a=b"}),
    ],
)
def test_bindings(monkeypatch, value, expected):
    monkeypatch.setenv("FACEPLATFORM_LEGACY_DIALECTS", value)
    assert env.assignments("FACEPLATFORM_LEGACY_DIALECTS", DIALECTS) == expected


@pytest.mark.parametrize("value", ["002=demo", "demo", "000=", "000", "000=a,000=b", "=demo"])
def test_bindings_that_cannot_be(monkeypatch, value):
    monkeypatch.setenv("FACEPLATFORM_LEGACY_DIALECTS", value)
    with pytest.raises(ConfigurationError, match="FACEPLATFORM_LEGACY_DIALECTS"):
        env.assignments("FACEPLATFORM_LEGACY_DIALECTS", DIALECTS)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", ()), ("false", ()), ("true", DIALECTS), ("000, 003", ("000", "003"))],
)
def test_anonymous(monkeypatch, value, expected):
    monkeypatch.setenv("FACEPLATFORM_LEGACY_ANONYMOUS", value)
    assert env.subset("FACEPLATFORM_LEGACY_ANONYMOUS", DIALECTS) == frozenset(expected)


@pytest.mark.parametrize("value", ["maybe", "000,002"])
def test_anonymous_that_cannot_be(monkeypatch, value):
    monkeypatch.setenv("FACEPLATFORM_LEGACY_ANONYMOUS", value)
    with pytest.raises(ConfigurationError, match="FACEPLATFORM_LEGACY_ANONYMOUS"):
        env.subset("FACEPLATFORM_LEGACY_ANONYMOUS", DIALECTS)


def test_by_default_all_are_off_and_nothing_warns(settings):
    assert settings.FACEPLATFORM_LEGACY_DIALECTS == {}
    assert frozenset() == settings.FACEPLATFORM_LEGACY_ANONYMOUS
    assert settings.FACEPLATFORM_LEGACY_RESET is False
    assert warnings() == set()


def test_an_open_door_is_warned_of(settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": "demo"}
    assert warnings() == set()
    settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset({"000"})  # which is off
    assert warnings() == set()
    settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset({"000", "003"})
    assert warnings() == {"legacy.W001"}


def test_reset_is_warned_of(settings):
    settings.FACEPLATFORM_LEGACY_RESET = True
    assert warnings() == set()
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"000": "demo"}
    assert warnings() == {"legacy.W002"}


@pytest.mark.django_db
def test_a_binding_to_nobody_stops_the_start(settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": "initech"}
    with pytest.raises(ConfigurationError, match="binds 003 to 'initech'"):
        binding.check_bindings()


@pytest.mark.django_db
def test_a_binding_to_nobody_is_warned_of(settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": "initech"}
    assert "legacy.W003" not in warnings()  # which asks no database
    found = {message.id: message.msg for message in run_checks(databases=["default"])}
    assert "binds 003 to 'initech'" in found["legacy.W003"]
    Client.objects.create(name="initech")
    assert "legacy.W003" not in {message.id for message in run_checks(databases=["default"])}


@pytest.mark.django_db
@pytest.mark.parametrize(("least", "is_warned_of"), [(1, False), (2, True)])
def test_a_minimum_of_images_that_they_undercut_is_warned_of(settings, least, is_warned_of):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"000": "acme", "003": "initech"}
    Client.objects.create(name="acme", policy={"min_target_samples": least})
    Client.objects.create(name="initech")
    found = [m.msg for m in run_checks(databases=["default"]) if m.id == "legacy.W004"]
    assert found == is_warned_of * [
        "000 enrolls users of acme from one image, and the client's policy has min_target_samples 2"
    ]
    assert "legacy.W004" not in warnings()  # which asks no database


@pytest.mark.django_db
def test_before_a_migration_of_clients_nothing_is_asked(settings, monkeypatch):
    """`migrate` runs the checks while columns of this release are missing."""
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": "initech"}
    whole = connection.introspection.get_table_description
    monkeypatch.setattr(
        connection.introspection, "get_table_description", lambda *of: whole(*of)[:-1]
    )
    assert bindings(None, databases=["default"]) == []


@pytest.mark.django_db
def test_before_the_first_migration_nothing_is_said_of_bindings(settings, monkeypatch):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": "initech"}
    monkeypatch.setattr(connection.introspection, "table_names", list)
    assert bindings(None, databases=["default"]) == []


@pytest.mark.parametrize(
    ("host", "bound"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),  # noqa: S104
        ("192.0.2.7", False),
        ("1.127.0.1", False),
    ],
)
@pytest.mark.parametrize("variable", ["FACEPLATFORM_HOST", "HOST"])
def test_make_run_opens_them_on_loopback_only(variable, host, bound):
    assert ("FACEPLATFORM_LEGACY_ANONYMOUS" in dry_run(f"{variable}={host}")) is bound


@pytest.mark.parametrize(
    ("assignment", "reason"),
    [
        ("FACEPLATFORM_HOST=0.0.0.0", "FACEPLATFORM_HOST is not loopback"),
        ("FACEPLATFORM_TRUSTED_PROXIES=1", "FACEPLATFORM_TRUSTED_PROXIES is set"),
        ("FACEPLATFORM_PATH_PREFIX=/faces", "FACEPLATFORM_PATH_PREFIX is set"),
        ("FACEPLATFORM_HTTPS_PROXY_HEADER=true", "FACEPLATFORM_HTTPS_PROXY_HEADER is set"),
        ("ALLOWED_HOSTS=faces.example.com", "ALLOWED_HOSTS is set"),
    ],
)
def test_make_run_says_why_they_are_off(assignment, reason):
    said = dry_run(assignment)
    assert "FACEPLATFORM_LEGACY_ANONYMOUS" not in said
    assert f'"{reason}: the older APIs are off' in said


def dry_run(assignment: str) -> str:
    # `make test` exports the address of its own.
    environment = {n: v for n, v in os.environ.items() if n not in {"FACEPLATFORM_HOST", "HOST"}}
    return subprocess.run(
        ["make", "--dry-run", "run", assignment],  # noqa: S607
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
