"""A visitor of the shop's page, and what the element tells the page."""

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import ConsoleMessage, Page

from tests.browser.sdk.painted import COLOURS

# Milliseconds. On a busy machine a browser takes its time to open a camera.
_PATIENCE = 120_000
_COMPLAINTS = ("error", "warning")


class Customer:
    """Attributes:
    complaints: errors in the console, such as a refusal of the Content-Security-Policy.
    may_complain: texts that a test expects there: browsers write down each call that fails.
    """

    def __init__(self, page: Page, shop: str) -> None:
        self.page = page
        self.may_complain: list[str] = []
        self._said: list[str] = []
        self.requested: list[str] = []
        page.set_default_timeout(_PATIENCE)
        page.on("console", self._keep)
        page.on("pageerror", lambda error: self._said.append(str(error)))
        page.on("request", lambda request: self.requested.append(request.url))
        self.shop = shop

    @property
    def complaints(self) -> list[str]:
        return [each for each in self._said if not any(part in each for part in self.may_complain)]

    def visit(self, session: Mapping[str, Any] | None = None, **properties: Any) -> None:
        """Open the page, with an element that has these properties."""
        self.page.goto(self.shop)
        self.page.wait_for_function("() => window.isLoaded")
        self.page.evaluate("(given) => put(given)", {"session": session, **properties})
        self.wait_for("screen")

    def paint(self, name: str) -> None:
        """Put this person or gesture before the camera, if a painter stands for it."""
        self.page.evaluate("(colour) => paint(colour)", COLOURS[name])

    def obey(self) -> None:
        """Make the gestures that the element asks for."""
        self.page.evaluate("(colours) => obey(colours)", COLOURS)

    def sees(self, heading: str) -> bool:
        """Return True if the screen has this title, and the title has the focus."""
        title = self.page.get_by_role("heading", name=heading, exact=True)
        return bool(title.evaluate("(node) => node.getRootNode().activeElement === node"))

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def wait_for(self, name: str, **members: Any) -> dict[str, Any]:
        """Wait until the element tells this event with these members, and return it."""
        found = self.page.wait_for_function(
            """([name, members]) => told.find((event) => event.name === name &&
                Object.entries(members).every(([key, value]) => event[key] === value))""",
            arg=[name, members],
        )
        event: dict[str, Any] = found.json_value()
        return event

    def told(self, name: str) -> list[dict[str, Any]]:
        """Return the events of this name so far."""
        every: list[dict[str, Any]] = self.page.evaluate("told")
        return [event for event in every if event["name"] == name]

    def forget(self) -> None:
        """Forget the events so far."""
        self.page.evaluate("told.length = 0")

    def _keep(self, message: ConsoleMessage) -> None:
        is_icon = message.location["url"].endswith("/favicon.ico")
        if message.type in _COMPLAINTS and not is_icon:
            self._said.append(message.text)
