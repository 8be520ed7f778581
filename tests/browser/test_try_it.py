"""The page /try/ in a browser: a face is enrolled and verified, and the copied calls are run."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_story import Screens
from tests.browser.visit import Visit
from tests.stage import noise

pytestmark = pytest.mark.browser

# A sandbox: any camera's picture is a face that follows the challenge.
_POLICY = {"camera_liveness": "challenge", "challenge_steps": 1, "probe_frames": 1}
# In one process: each takes seconds to start.
_PREPARE = f"""
from clients import credentials
from tryit.access import new_key
issued = credentials.create_client("demo", policy={_POLICY}, is_sandbox=True)
print(issued.credential.api_key, issued.api_secret, *(new_key() for _ in range(5)))
"""


class Demo(NamedTuple):
    """The demo client of the server: its key and secret, its photographs, and keys of links."""

    api_key: str
    api_secret: str
    photos: Path
    keys: list[str]


@pytest.fixture(scope="module")
def demo(service) -> Demo:
    photos = service.folder / "data" / "photos"
    photos.mkdir()
    for at, name in enumerate(("obama.jpg", "biden.jpg")):
        Image.open(BytesIO(noise(at))).save(photos / name)
    api_key, api_secret, *keys = service.manage("shell", "-v", "0", "-c", _PREPARE).split()
    return Demo(api_key, api_secret, photos, keys)


@pytest.fixture
def context(browser, service) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=f"http://127.0.0.1:{service.port}")
    context.grant_permissions(["camera", "clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture
def trying(context, demo) -> Iterator[Visit]:
    """The page, opened by a new link. It must not complain, and asks no other host."""
    visit = Visit(context.new_page())
    visit.open(f"/try/#{demo.keys.pop()}")
    expect(visit.page.get_by_text("Client: demo (sandbox)")).to_be_visible()
    yield visit
    assert visit.complaints == []
    assert visit.elsewhere() == []


def outcome(page: Page, text: str) -> None:
    expect(page.locator("#outcome")).to_contain_text(text)


def test_a_face_is_enrolled_and_verified_with_the_camera(trying):
    page, screens = trying.page, Screens(trying)
    assert "#" not in page.url
    screens.look("try-start")
    page.get_by_label("User id").fill("ada")
    for what, told in (("Enroll", "enrolled"), ("Verify", "matched: ada, similarity 1")):
        page.get_by_role("button", name=what, exact=True).click()
        page.locator("face-capture").get_by_role("button", name="Start").click()
        outcome(page, told)
    listed = page.locator("#calls").inner_text()
    for path in (
        "/api/auth/enrollment/",
        "/api/auth/sessions/current/frames/",
        "/api/auth/authentication/",
        "/api/auth/sessions/current/",
    ):
        assert path in listed
    page.locator("#calls summary").first.click()
    screens.look("try-verified")
    assert screens.findings == []
    # Neither a session's token nor a JWT is shown in full.
    assert not re.search(r"(enr|aut)_\w{20}|eyJ\w{20}", page.content())
    page.get_by_role("button", name="Remove the user").click()
    outcome(page, "erased")


def test_the_copied_calls_run(trying, demo, tmp_path):
    page = trying.page
    page.get_by_label("User id").fill("bob's")
    page.get_by_label("a photograph").check()
    for what, told in (("Enroll", "enrolled"), ("Verify", "matched"), ("Identify", "no_match")):
        page.get_by_role("button", name=what, exact=True).click()
        outcome(page, told)
    page.get_by_role("button", name="Remove the user").click()
    outcome(page, "erased")
    shutil.copy(demo.photos / "biden.jpg", tmp_path / "frame.jpg")
    secrets = {"API_KEY": demo.api_key, "API_SECRET": demo.api_secret}
    programs = {
        "curl": ("script.sh", ["bash"]),
        "Python": ("script.py", [sys.executable]),
        "JavaScript": ("script.mjs", ["node"]),
    }
    for language, (name, program) in programs.items():
        page.get_by_role("button", name=language, exact=True).click()
        page.get_by_role("button", name="Copy", exact=True).click()
        expect(page.get_by_text("Copied.")).to_be_visible()
        script = tmp_path / name
        script.write_text(page.evaluate("navigator.clipboard.readText()"))
        done = subprocess.run(
            [*program, script],
            cwd=tmp_path,
            env=os.environ | secrets,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        for reason in ("enrolled", "matched", "no_match"):
            assert reason in done.stdout, (language, done.stdout, done.stderr)


def origin_of(page: Page) -> str:
    return str(page.evaluate("location.origin"))


def test_a_link_opens_one_tab_and_the_tab_stays_connected(trying, context, demo):
    trying.page.reload()
    expect(trying.page.get_by_text("Client: demo")).to_be_visible()
    used = f"/try/#{demo.keys.pop()}"
    first, second = context.new_page(), context.new_page()
    first.goto(used)
    expect(first.get_by_text("Client: demo")).to_be_visible()
    second.goto(used)
    expect(second.get_by_role("alert")).to_contain_text(
        "or is too old. Print another link: FACEPLATFORM_TRY_IT=true .venv/bin/python manage.py "
        f"try_link --base {origin_of(second)}"
    )
    expect(second.get_by_role("button", name="Enroll")).to_be_hidden()


def test_a_file_of_ones_own_can_be_refused(trying, tmp_path):
    page = trying.page
    picture = Path(tmp_path / "blurred.png")
    picture.write_bytes(noise(7) + b"faceplatform:blurred;")
    page.get_by_label("a photograph").check()
    page.get_by_label("or a file of yours").set_input_files(picture)
    page.get_by_role("button", name="Enroll", exact=True).click()
    outcome(page, "blurred. Hold still")
