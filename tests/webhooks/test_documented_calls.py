"""The lines of docs/webhooks.md, run as they stand but for the address of the endpoint."""

import json
import shutil

import httpx
import pytest

from tests.deployment.processes import ROOT
from tests.deployment.scripted import ScriptedServer
from tests.documents import paste
from tests.missing import missing
from tests.webhooks.listening import listening
from tests.webhooks.receivers import OK

DOCUMENT = ROOT / "docs" / "webhooks.md"


@pytest.fixture
def server(tmp_path):
    for tool in ("bash", "curl"):
        if shutil.which(tool) is None:
            missing(f"{tool} is not installed")
    allowed = {
        "FACEPLATFORM_WEBHOOKS_ALLOW_HTTP": "true",
        "FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    server = ScriptedServer(tmp_path, **allowed)
    server.migrate()
    try:
        server.start()
        yield server
    finally:
        server.kill()


def test_one_after_the_other(server, tmp_path):
    issued = json.loads(server.manage("create_client", "acme", "--json"))
    pair = {name: issued[name] for name in ("api_key", "api_secret")}
    base = f"http://127.0.0.1:{server.port}"
    token = httpx.post(f"{base}/api/core/auth/client/", json=pair).json()["access"]
    variables = {"BASE": base, "TOKEN": token}
    with listening(OK) as received:
        copy = tmp_path / "webhooks.md"
        copy.write_text(
            DOCUMENT.read_text().replace("https://example.com/faceplatform", received.url)
        )
        run = paste(copy, variables, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    decoder, answers, text = json.JSONDecoder(), [], run.stdout.lstrip()
    while text:
        answer, end = decoder.raw_decode(text)
        answers.append(answer)
        text = text[end:].lstrip()
    created, tried, changed, secret, paused, resumed, failed, found, log, stats, every, *rest = (
        answers
    )
    assert created["secret"].startswith("whsec_")
    assert tried["delivered"] is True
    assert changed["subscribed_events"] == ["*"]
    assert secret["secret"] != created["secret"]
    assert (paused["state"], resumed["state"]) == ("paused", "active")
    assert failed["results"] == found["results"] == log["results"] == []
    assert (stats["success_rate"], every["backlog"]) == (None, 0)
    retried, replayed, cleared = rest
    assert retried == {"queued": 0, "has_more": False}
    assert replayed == {"queued": 0, "cursor": None}
    assert cleared == {"deleted": 0, "has_more": False}
