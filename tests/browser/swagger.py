"""The acts of a reader of Swagger UI."""

from playwright.sync_api import Locator, Page


def authorize(page: Page, token: str) -> None:
    """Give the token of a client."""
    page.get_by_role("button", name="Authorize", exact=True).first.click()
    form = page.locator(".auth-container", has_text="clientToken")
    form.locator("input").fill(token)
    form.get_by_role("button", name="Apply credentials").click()
    page.locator(".close-modal").click()


def opened(page: Page, operation: str) -> Locator:
    """Open the operation, ready to be tried, and return it."""
    block = page.locator(f"[id$=-{operation}]").first
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    return block
