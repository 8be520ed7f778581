"""The page /try/: for this machine alone, and for whoever has a printed link, once."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from clients import credentials
from tests.stage import problem
from tryit import access, checks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on(settings, tmp_path):
    settings.FACEPLATFORM_TRY_IT = True
    settings.ALLOWED_HOSTS = ["*"]
    settings.DATA_DIR = tmp_path


@pytest.fixture
def demo(db):
    return credentials.create_client("demo")


@pytest.fixture
def http():
    return APIClient(HTTP_HOST="127.0.0.1:8000", raise_request_exception=False)


def start(http, key: str, **headers):
    return http.post("/try/start/", {"key": key}, format="json", **headers)


def test_a_printed_link_gives_tokens_of_the_demo_client(demo, http):
    shown = StringIO()
    call_command("try_link", "--base", "http://127.0.0.1:9", stdout=shown)
    address, key = shown.getvalue().split()[-1].split("#")
    assert address == "http://127.0.0.1:9/try/"
    answer = start(http, key)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["client"], told["sandbox"], told["photos"]) == ("demo", False, [])
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {told['access']}")
    assert http.get("/api/core/info/").json()["client"]["name"] == "demo"


def test_a_key_is_used_once(demo, http):
    key = access.new_key()
    assert start(http, key).status_code == 200
    problem(start(http, key), 403, "try_key_invalid")


@pytest.mark.parametrize("key", ["x", "x:y:z", "a" * 200])
def test_nobody_makes_a_key(demo, http, key):
    problem(start(http, key), 403, "try_key_invalid")


def test_a_key_ages(demo, http, monkeypatch):
    key = access.new_key()
    monkeypatch.setattr("django.core.signing.time.time", lambda: 4e9)
    problem(start(http, key), 403, "try_key_invalid")


@pytest.mark.parametrize("path", ["/try/", "/try/photos/obama.jpg", "/try/start/"])
@pytest.mark.parametrize(
    "stranger",
    [
        {"REMOTE_ADDR": "192.168.1.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_HOST": "rebound.example:8000"},
        {"HTTP_HOST": "127.0.0.1.rebound.example"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_VIA": "1.1 nginx"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_CF_CONNECTING_IP": "127.0.0.1"},
    ],
)
def test_a_stranger_finds_no_page(demo, http, path, stranger):
    method = http.post if path.endswith("start/") else http.get
    problem(method(path, **stranger), 404, "not_found")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "127.0.0.9"])
def test_every_name_of_this_machine_will_do(http, host):
    assert http.get("/try/", HTTP_HOST=host).status_code == 200


def test_it_is_off_unless_it_is_switched_on(demo, http, settings):
    key = access.new_key()
    settings.FACEPLATFORM_TRY_IT = False
    problem(http.get("/try/"), 404, "not_found")
    problem(start(http, key), 404, "not_found")
    with pytest.raises(CommandError, match="FACEPLATFORM_TRY_IT"):
        call_command("try_link")


def test_a_page_of_another_port_gets_no_token(demo, http):
    key = access.new_key()
    refused = start(http, key, HTTP_ORIGIN="http://127.0.0.1:9999")
    problem(refused, 403, "token_not_for_browsers")
    assert start(http, key, HTTP_ORIGIN="http://127.0.0.1:8000").status_code == 200


def test_the_page_may_load_our_files_and_nothing_else(http):
    answer = http.get("/try/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "camera=(self)" in answer["Permissions-Policy"]
    assert answer["Referrer-Policy"] == "no-referrer"


def test_without_a_credential_in_use_there_is_nobody_to_act_for(demo, http):
    credentials.revoke(demo.credential)
    problem(start(http, access.new_key()), 409, "no_demo_client")


def test_only_the_example_photographs_are_served(demo, http, settings):
    folder = Path(settings.DATA_DIR) / "photos"
    folder.mkdir()
    for name in ("obama.jpg", "secret.jpg"):
        (folder / name).write_bytes(b"a photograph")
    answer = http.get("/try/photos/obama.jpg")
    assert b"".join(answer.streaming_content) == b"a photograph"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    problem(http.get("/try/photos/secret.jpg"), 404, "not_found")
    problem(http.get("/try/photos/biden.jpg"), 404, "not_found")
    assert start(http, access.new_key()).json()["photos"] == ["obama.jpg"]


def test_a_check_reports_it_behind_a_proxy(settings):
    assert checks.only_on_loopback(None) == []
    settings.FACEPLATFORM_TRUSTED_PROXIES = 1
    (report,) = checks.only_on_loopback(None)
    assert report.id == "tryit.E001"
    settings.FACEPLATFORM_TRY_IT = False
    assert checks.only_on_loopback(None) == []
