"""Chromium, as the tests start it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.missing import missing

# Debian's name, and other systems'.
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without the second line the browser itself calls hosts of its maker.
_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@contextmanager
def open_browser(film: Path | None = None) -> Iterator[Browser]:
    """Start a browser, or skip the test if there is none.

    Args:
        film: in Motion JPEG. If given, the browser has a camera, which shows it.
    """
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        missing("Chromium is not installed")
    camera = (
        ()
        if film is None
        else (
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        )
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*_ARGUMENTS, *camera])
        yield browser
        browser.close()
