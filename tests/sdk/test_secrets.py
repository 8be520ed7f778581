"""Keys and tokens appear in no text, and cross no network in the clear."""

import logging
import traceback

import httpx
import pytest

import faceplatform_sdk as sdk
from tests.sdk.scripted import BASE, KEY, SECRET, access
from tests.sdk.test_sessions import frame, opened

HIDDEN = (KEY, SECRET, "fst_token", access(1), "refresh 1")


def test_representations_hide_secrets(client, service):
    service.answers = [opened(), frame("authentication", "matched", status="completed")]
    answer = client.sessions.open_verification("alice")
    service.answers.insert(0, opened())
    outcome = client.verify("alice", b"picture")
    told = repr([client, answer, outcome])
    assert BASE in told
    assert [hidden for hidden in HIDDEN if hidden in told] == []


def test_logs_hide_secrets(client, service, caplog):
    service.answers = [opened(), frame("authentication", "matched", status="completed")]
    with caplog.at_level(logging.DEBUG, logger="httpx"):
        client.verify("alice", b"picture")
    assert "process-image" in caplog.text  # httpx logs addresses
    assert [hidden for hidden in HIDDEN if hidden in caplog.text] == []


def test_tracebacks_hide_secrets(client, service):
    service.answers = [httpx.ReadError(f"{SECRET}")] * 4
    with pytest.raises(sdk.ConnectionFailed) as caught:
        client.sessions.read("fst_token")
    assert str(caught.value) == "GET: ReadError"
    shown = "".join(traceback.format_exception_only(caught.value))
    assert [hidden for hidden in HIDDEN if hidden in shown] == []


@pytest.mark.parametrize(
    "base_url",
    [
        "http://faces.example.com",
        "http://10.0.0.4:8000",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "ftp://faces.example.com",
        "faces.example.com",
        "https://",
        "https://user:password@faces.example.com",
        "https://faces.example.com/?a=1",
        "https://faces.example.com/#a",
        "",
    ],
)
def test_addresses_that_are_refused(base_url):
    with pytest.raises(ValueError, match=r"base URL|in the clear"):
        sdk.Client(base_url, KEY, SECRET)


@pytest.mark.parametrize(
    "base_url",
    ["https://faces.example.com/below/", "http://127.0.0.1:8000", "http://[::1]:8000",
     "http://localhost:8000/"],
)  # fmt: skip
def test_addresses_that_are_taken(base_url):
    with sdk.Client(base_url, KEY, SECRET) as client:
        assert repr(client) == f"Client({base_url.rstrip('/')!r})"


def test_http_on_request():
    with sdk.Client("http://faces.internal", KEY, SECRET, allow_http=True) as client:
        assert "faces.internal" in repr(client)
