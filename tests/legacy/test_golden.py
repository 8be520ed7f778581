"""Every request of the four documents and every failure they name: status and body, exactly.

The stories are in ``golden/``; each runs with the scripted engine, twice (with the address as
documented, and with its last slash the other way), and with the real engine on photographs.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from faceplatform.engine import registry
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.testing import FakeEngine
from tests.legacy.caller import Caller, told
from tests.legacy.cast import Cast, FakeCast, PhotographCast, SharedCast

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).parent / "golden"
_TOLD: list[tuple[str, dict[str, Any]]] = [
    (f"{path.stem[:3]} {story['story']}", story)
    for path in sorted(GOLDEN.glob("*.json"))
    for story in json.loads(path.read_text())
]
STORIES = [pytest.param(story, id=name) for name, story in _TOLD]
# 004 has no faces: the real engine would add nothing.
WITH_FACES = [
    pytest.param(story, id=name)
    for name, story in _TOLD
    if story.get("engine") != "fake" and not name.startswith("004")
]
_engine = LocalEngine()


def same(found, expected) -> bool:
    """Return True if equal; <score> stands for a match's score and <timestamp> for a time."""
    if expected == "<score>":
        return isinstance(found, float) and 0.5 <= found <= 1
    if expected == "<timestamp>":
        return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", found) is not None
    if isinstance(expected, dict):
        same_keys = isinstance(found, dict) and found.keys() == expected.keys()
        return same_keys and all(same(found[name], expected[name]) for name in expected)
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    return type(found) is type(expected) and found == expected


def other_slash(do: str) -> str:
    address, mark, query = do.partition("?")
    if address.endswith(" /"):
        return do
    return (address.removesuffix("/") if address.endswith("/") else f"{address}/") + mark + query


class Teller:
    """A caller that goes through a story step by step, and keeps its cookies."""

    def __init__(self, cast: Cast, *, turn_slash: bool = False) -> None:
        self._caller, self._cast, self._turn_slash = Caller(), cast, turn_slash
        self._last_cookie = ""

    def tell(self, story) -> None:
        for step in story["steps"]:
            self._take(step)

    def _take(self, step) -> None:
        if step.get("replay_cookie"):
            self._caller.http.cookies["X-LIVENESS-TOKEN"] = self._last_cookie
        answer = self._caller.call(
            other_slash(step["do"]) if self._turn_slash else step["do"],
            files={name: self._cast(shown) for name, shown in step["files"].items()}
            if "files" in step
            else None,
            form=step.get("form"),
            urlencoded=step.get("urlencoded"),
            json_body=step.get("json"),
            headers=step.get("headers"),
        )
        found = told(answer)
        assert answer.status_code == step["status"], (step["do"], found)
        assert same(found, step["body"]), (step["do"], found)
        self._check_cookie(answer, step.get("cookie"))

    def _check_cookie(self, answer, expected: str | None) -> None:
        cookie = answer.cookies.get("X-LIVENESS-TOKEN")
        if expected is None:
            assert cookie is None
        elif expected == "cleared":
            assert (cookie.value, cookie["max-age"]) == ("", 0)
        else:
            assert cookie["httponly"] is True
            assert (cookie["samesite"], cookie["path"]) == ("Lax", "/")
            assert cookie["max-age"] == 24 * 3600
            self._last_cookie = cookie.value


@pytest.fixture
def arranged(make_api, bind, settings):
    """The client of a story, with the settings it asks for."""

    def arrange(story) -> None:
        bind(make_api(**story.get("policy", {})).client)
        for name, value in story.get("settings", {}).items():
            setattr(settings, name, value)

    return arrange


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("turn_slash", [False, True], ids=["documented", "other slash"])
def test_with_the_scripted_engine(story, turn_slash, arranged, stage, tmp_path):
    arranged(story)
    cast = FakeCast(stage, tmp_path)
    registry.set_engine(FakeEngine(cast.analyze))
    Teller(cast, turn_slash=turn_slash).tell(story)


@pytest.mark.real_engine
@pytest.mark.parametrize("story", WITH_FACES)
def test_with_the_real_engine(story, arranged, tmp_path):
    arranged(story)
    registry.set_engine(_engine)
    Teller(PhotographCast(tmp_path)).tell(story)


@pytest.mark.real_engine
@pytest.mark.shared_photos
@pytest.mark.parametrize("story", WITH_FACES)
def test_with_two_photographs_of_each(story, arranged, tmp_path):
    arranged(story)
    registry.set_engine(_engine)
    Teller(SharedCast(tmp_path)).tell(story)
