"""Production starts on good settings only."""

import base64
import os
import re
import runpy
import subprocess
import sys

import pytest

from faceplatform.errors import ConfigurationError
from tests.photographs import ROOT

KEY = base64.b64encode(bytes(range(7, 39))).decode()
RESULT_KEY = base64.b64encode(bytes(range(50, 82))).decode()
SECRET = "kV3-xT0pQ8wRz5uYb1nMc6dLf9gHj2sAeKi7oXq4vWt_ZyBEuDNrJ"
GOOD = {
    "SECRET_KEY": SECRET,
    "FACEPLATFORM_TEMPLATE_KEYS": f"a:{KEY}",
    "FACEPLATFORM_RESULT_KEYS": f"r:{RESULT_KEY}",
    "ALLOWED_HOSTS": "faces.example.com",
    "DATABASE_URL": "mysql://face:p%40ss%2Fword@db.example.com:3307/faces",
    "REDIS_URL": "redis://:secret@redis.example.com:6379/0",
}
UNSET = ("DEBUG", "FACEPLATFORM_TRUSTED_PROXIES", "FACEPLATFORM_ENGINE")


@pytest.fixture
def load(monkeypatch):
    """A function that loads the settings from the good environment with changes; None unsets."""

    def load(**changes):
        for name in UNSET:
            monkeypatch.delenv(name, raising=False)
        for name, value in (GOOD | changes).items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        monkeypatch.delitem(sys.modules, "faceplatform.settings.base")
        return runpy.run_module("faceplatform.settings.production")

    return load


def test_good_settings(load):
    settings = load()
    database = settings["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.mysql"
    assert (database["HOST"], database["PORT"], database["NAME"]) == (
        "db.example.com",
        3307,
        "faces",
    )
    assert (database["USER"], database["PASSWORD"]) == ("face", "p@ss/word")
    assert settings["CACHES"]["default"]["LOCATION"] == GOOD["REDIS_URL"]
    assert settings["CELERY_BROKER_URL"] == GOOD["REDIS_URL"]
    assert settings["FACEPLATFORM_ENGINE"] == "remote"
    assert settings["SESSION_COOKIE_SECURE"] is settings["CSRF_COOKIE_SECURE"] is True
    assert settings["SECURE_SSL_REDIRECT"] is True
    # Nobody in front is trusted to say that a request came by https.
    assert "SECURE_PROXY_SSL_HEADER" not in settings


def test_behind_a_proxy(load):
    settings = load(FACEPLATFORM_TRUSTED_PROXIES="1")
    assert settings["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert "SECURE_PROXY_SSL_HEADER" not in load(
        FACEPLATFORM_TRUSTED_PROXIES="1", FACEPLATFORM_HTTPS_PROXY_HEADER="false"
    )


@pytest.mark.parametrize("prefix", ["", "/faces"])
def test_machines_beside_it_ask_over_plain_http(load, prefix):
    patterns = load(FACEPLATFORM_PATH_PREFIX=prefix)["SECURE_REDIRECT_EXEMPT"]

    def is_exempt(address: str) -> bool:
        return any(re.search(pattern, f"{prefix}{address}".lstrip("/")) for pattern in patterns)

    for address in ("/api/core/health/", "/api/core/ready/", "/metrics"):
        assert is_exempt(address)
        assert not is_exempt(f"{address}more")
        assert not is_exempt(f"/more{address}")
    assert not is_exempt("/api/core/status/")


def test_below_a_path(load):
    settings = load(FACEPLATFORM_PATH_PREFIX="/faces/")
    assert settings["FORCE_SCRIPT_NAME"] == "/faces"
    assert settings["STATIC_URL"] == "/faces/static/"
    assert settings["SESSION_COOKIE_PATH"] == settings["CSRF_COOKIE_PATH"] == "/faces/"


def test_tls_to_the_database(load):
    options = load(DATABASE_URL=GOOD["DATABASE_URL"] + "?ssl_ca=/etc/ca.pem")["DATABASES"][
        "default"
    ]["OPTIONS"]
    assert options["ssl"] == {"ca": "/etc/ca.pem"}
    assert options["ssl_mode"] == "VERIFY_IDENTITY"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": SECRET[:49]}, "too weak"),
        ({"SECRET_KEY": "ab" * 40}, "too weak"),
        ({"SECRET_KEY": "django-insecure-" + SECRET}, "published"),
        ({"SECRET_KEY": "a-key-for-tests-only-0123456789-0123456789-0123456789"}, "published"),
        ({"SECRET_KEY": SECRET + KEY}, "also in SECRET_KEY"),
        ({"FACEPLATFORM_TEMPLATE_KEYS": None}, "FACEPLATFORM_TEMPLATE_KEYS is not set"),
        ({"FACEPLATFORM_TEMPLATE_KEYS": "a:***"}, "not base64"),
        ({"FACEPLATFORM_TEMPLATE_KEYS": "a:QUJD"}, "32 bytes"),
        ({"FACEPLATFORM_TEMPLATE_KEYS": f"a:{'A' * 43}="}, "too weak"),
        (
            {"FACEPLATFORM_TEMPLATE_KEYS": "a:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="},
            "published",
        ),
        ({"FACEPLATFORM_RESULT_KEYS": None}, "FACEPLATFORM_RESULT_KEYS is not set"),
        ({"FACEPLATFORM_RESULT_KEYS": "r:***"}, "not base64"),
        ({"FACEPLATFORM_RESULT_KEYS": "r:QUJD"}, "32 bytes"),
        ({"FACEPLATFORM_RESULT_KEYS": f"r:{KEY}"}, "also in"),
        (
            {"FACEPLATFORM_RESULT_KEYS": "r:ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="},
            "published",
        ),
        ({"DEBUG": "true"}, "DEBUG"),
        ({"FACEPLATFORM_TRY_IT": "true"}, "off in production"),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "faces.example.com,*"}, "ALLOWED_HOSTS"),
        ({"DATABASE_URL": None}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "sqlite:////var/db.sqlite3"}, "mysql://"),
        ({"DATABASE_URL": "mysql://db.example.com/faces"}, "mysql://"),
        ({"DATABASE_URL": "mysql://face@db:port/faces"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://face@db/faces?charset=latin1"}, "charset"),
        ({"REDIS_URL": None}, "REDIS_URL is not set"),
        ({"REDIS_URL": "memory://"}, "REDIS_URL"),
        ({"FACEPLATFORM_ENGINE": "fake"}, "FACEPLATFORM_ENGINE"),
    ],
)
def test_what_does_not_start(load, changes, told):
    with pytest.raises(ConfigurationError) as refused:
        load(**changes)
    assert told in refused.value.detail


def test_all_that_is_wrong_is_told_at_once(load):
    with pytest.raises(ConfigurationError) as refused:
        load(**dict.fromkeys(GOOD), DEBUG="true")
    lines = refused.value.detail.splitlines()
    named = [*GOOD, "DEBUG"]
    assert [name for name in named if any(name in line for line in lines)] == named
    assert len(lines) == len(named)


def test_manage_tells_it_without_a_traceback(tmp_path):
    """Nor does it create keys."""
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "faceplatform.settings.production",
        "FACEPLATFORM_DATA_DIR": str(tmp_path),
    }
    run = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "SECRET_KEY is not set" in run.stderr
    assert "REDIS_URL is not set" in run.stderr
    assert "Traceback" not in run.stderr
    assert not list(tmp_path.iterdir())


def test_an_error_repeats_no_secret(load):
    with pytest.raises(ConfigurationError) as refused:
        load(DATABASE_URL="postgres://face:hunter2@db/faces")
    assert "hunter2" not in str(refused.value)
