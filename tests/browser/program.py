"""Chromium, as the tests start it."""

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.missing import missing

# Debian's name, and other systems'.
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without the third line the browser itself calls hosts of its maker.
_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    "--use-fake-device-for-media-stream",  # a camera that shows a pattern, or the film
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@contextmanager
def open_browser(film: Path | None = None) -> Iterator[Browser]:
    """Start a browser, or skip the test if there is none.

    Args:
        film: in Motion JPEG, for the camera to show in place of a pattern.
    """
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        missing("Chromium is not installed")
    shown = () if film is None else (f"--use-file-for-fake-video-capture={film}",)
    browser = _playwright().chromium.launch(executable_path=program, args=[*_ARGUMENTS, *shown])
    yield browser
    browser.close()


@cache
def _playwright() -> Playwright:
    """Return the only one: a process cannot have two, and packages of tests overlap."""
    playwright = sync_playwright().start()
    atexit.register(playwright.stop)
    return playwright
