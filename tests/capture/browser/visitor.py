"""Somebody who opens a link, in a browser of their own."""

from pathlib import Path

from django.conf import settings
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import accessibility
from tests.browser.visit import Visit

SCREENSHOTS = Path(settings.DATA_DIR) / "screenshots"
# Milliseconds. On a busy machine a browser takes its time to open a camera.
_PATIENCE = 60_000


class Visitor:
    """Attributes:
    findings: of axe-core, on the screens that were looked at.
    may_complain: texts that a test expects in the console, such as of a call that fails.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        context.set_default_timeout(_PATIENCE)
        self._visit = Visit(context.new_page())
        self.findings: list[str] = []
        self.may_complain: list[str] = []

    @property
    def page(self) -> Page:
        return self._visit.page

    @property
    def complaints(self) -> list[str]:
        said = self._visit.complaints
        return [each for each in said if not any(part in each for part in self.may_complain)]

    def elsewhere(self) -> list[str]:
        """Return the requests to other hosts than that of the link."""
        return self._visit.elsewhere() if self._visit.requested else []

    @property
    def requested(self) -> list[str]:
        return self._visit.requested

    def open(self, link: str) -> None:
        self.page.goto(link)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def sees(self, title: str) -> None:
        """Wait for the screen of this title."""
        heading = self.page.get_by_role("heading", name=title, exact=True, level=2)
        expect(heading).to_be_visible(timeout=_PATIENCE)

    def look(self, name: str) -> None:
        """Keep a picture of the screen, and axe-core's findings on it, in light and dark."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self.page.screenshot(path=SCREENSHOTS / f"capture-{name}-{scheme}.png", full_page=True)
            said = list(self._visit.complaints)
            found = accessibility.findings(self.page, "html")
            self._visit.complaints = said  # axe-core tries styles that the CSP refuses
            self.findings += [f"{name}, {scheme}: {each}" for each in found]
        self.page.emulate_media(color_scheme="light")
