"""The lines of README and quickstart, run as they stand against a server of `make run`'s kind."""

import json
import shutil

import pytest

from tests.deployment import Embedded, models_folder
from tests.documents import exports, paste
from tests.missing import missing
from tests.photographs import ROOT

pytestmark = pytest.mark.real_engine


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


def test_one_after_the_other(served):
    """The README sends its readers on to the quickstart."""
    answers("README.md", served)
    *_, identified = answers("docs/quickstart.md", served)
    assert identified["matched_user"] == {"user_id": "barack"}
