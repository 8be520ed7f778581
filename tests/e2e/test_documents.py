"""The lines of README and quickstart, run as they stand against a server of `make run`'s kind."""

import json
import shutil

import httpx
import pytest

from tests import pictures
from tests.deployment import Embedded, models_folder
from tests.documents import blocks_of, exports, paste, shell
from tests.legacy import cast
from tests.missing import missing
from tests.photographs import ROOT, photo

pytestmark = pytest.mark.real_engine
GUIDE = ROOT / "docs" / "integration.md"


@pytest.fixture
def served(tmp_path):
    """The variables of a second terminal, with the lines of `make run` pasted into it."""
    for tool in ("bash", "curl"):
        if shutil.which(tool) is None:
            missing(f"{tool} is not installed")
    with Embedded(tmp_path, models=models_folder()) as server:
        yield exports(server.said)


def answers(document: str, pasted: dict[str, str]) -> list[dict]:
    """Run the document's blocks for the second terminal in one shell; return the JSON answers."""
    run = paste(ROOT / document, pasted, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    return _objects(run.stdout)


def _objects(text: str) -> list[dict]:
    decoder, found = json.JSONDecoder(), []
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


def test_the_readme(served):
    first, second, same, stranger, identified = answers("README.md", served)
    assert first["frame_accepted"] is True
    assert second["enrollment_complete"] is True
    assert same["result"] == "success"
    assert (stranger["result"], stranger["reason"]) == ("failure", "no_match")
    assert identified["matched_user"] == {"user_id": "barack"}


def test_the_quickstart(served):
    blurred, first, second, same, stranger, identified = answers("docs/quickstart.md", served)
    assert (blurred["frame_accepted"], blurred["reason"]) == (False, "blurred")
    assert first["frame_accepted"] is True
    assert second["enrollment_complete"] is True
    assert same["result"] == "success"
    assert stranger["result"] == "failure"
    assert identified["matched_user"] == {"user_id": "barack"}


def test_the_clip_of_the_integration_guide(served, tmp_path):
    answers("README.md", served)
    clip = cast.video(cast.moving(pictures.read(photo("obama3.jpg"))), tmp_path)
    (tmp_path / "clip.mp4").write_bytes(clip)
    with httpx.Client(base_url=served["BASE"], timeout=30) as backend:
        pair = {"api_key": served["API_KEY"], "api_secret": served["API_SECRET"]}
        token = backend.post("/api/core/auth/client/", json=pair).json()["access"]
        authorization = {"Authorization": f"Bearer {token}"}
        opening = {"user_id": "barack", "session_type": "api"}
        opened = backend.post("/api/auth/authentication/", json=opening, headers=authorization)
    (block,) = (each for each in blocks_of(GUIDE) if "clip.mp4" in each)
    names = {"AUTH": f"Authorization: Bearer {token}", "SESSION": opened.json()["session_token"]}
    run = shell(block, served | names, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert answer["result"] == "success"
    assert answer["similarity_score"] > 0.9  # a backend is told the scores
    assert answer["clip"]["frames_taken"] >= 1


def test_one_after_the_other(served):
    """The README sends its readers on to the quickstart."""
    answers("README.md", served)
    *_, identified = answers("docs/quickstart.md", served)
    assert identified["matched_user"] == {"user_id": "barack"}
