"""Chromium, as the tests start it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.missing import missing

# Debian's name, and other systems'.
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without the third line the browser itself calls hosts of its maker.
_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@contextmanager
def open_browser(film: Path | None = None, *, cameras: int = 1) -> Iterator[Browser]:
    """Start a browser, or skip the test if there is none.

    Args:
        film: in Motion JPEG, for the cameras to show in place of a pattern.
        cameras: how many there are; a film has one.
    """
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        missing("Chromium is not installed")
    camera = [f"--use-fake-device-for-media-stream=device-count={cameras}"]
    if film is not None:
        camera.append(f"--use-file-for-fake-video-capture={film}")
    with _playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*_ARGUMENTS, *camera])
        yield browser
        browser.close()


_running: list[Playwright] = []


@contextmanager
def _playwright() -> Iterator[Playwright]:
    """Use the one that runs, or start one for the time of the block.

    A process cannot have two, and packages of tests overlap. None may stay: it runs a loop in this
    thread, in which Django refuses to read its database.
    """
    if _running:
        yield _running[0]
        return
    with sync_playwright() as playwright:
        _running.append(playwright)
        yield playwright
        _running.clear()
