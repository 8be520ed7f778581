"""One tab of a browser, and its errors."""

from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request

# The console also says what the Content-Security-Policy refused.
_COMPLAINTS = ("error", "warning")


class Visit:
    """A page with a record of its requests and of what went wrong.

    Attributes:
        requested: every address that the page asked for.
        complaints: errors in the browser's console, and scripts that broke.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requested: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._keep_request)
        page.on("console", self._keep_message)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, address: str) -> int:
        """Open the address and wait until it asks for nothing more. Return the status."""
        response = self.page.goto(address, wait_until="networkidle")
        assert response is not None
        return response.status

    def elsewhere(self) -> list[str]:
        """Return the requests to other hosts than the first."""
        first, *_ = self.requested
        return [each for each in self.requested if _host(each) != _host(first)]

    def _keep_request(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.requested.append(request.url)

    def _keep_message(self, message: ConsoleMessage) -> None:
        if message.type in _COMPLAINTS:
            self.complaints.append(message.text)


def _host(address: str) -> str:
    return urlsplit(address).netloc
