"""Tables of the admin beside their pages: nothing is cut off on a desk, and no page is wider than a
phone."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PASSWORD

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 900}
# The widths of a table and of the box around it.
_WIDTHS = "table => [table.scrollWidth, table.parentElement.clientWidth]"


@pytest.fixture
def page(visit) -> Page:
    """A tab in which a superuser is signed in."""
    visit.open("/admin/")
    visit.page.get_by_label("Username").fill("root")
    visit.page.get_by_label("Password").fill(PASSWORD)
    visit.page.get_by_role("button", name="Log in").click()
    visit.page.get_by_role("link", name="Audit log").first.wait_for()
    page: Page = visit.page
    return page


def open_keys(page: Page) -> None:
    page.goto("/admin/clients/client/")
    page.get_by_role("link", name="acme").click()
    page.get_by_role("heading", name="Credentials").wait_for()


def is_within_window(page: Page) -> bool:
    widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    wide, window = page.evaluate(widths)
    return bool(wide <= window)


@pytest.mark.parametrize("name", ["auditentry", "securityevent"])
def test_lists_of_the_audit(page, name):
    page.set_viewport_size(DESK)
    page.goto(f"/admin/audit/{name}/")
    if name == "auditentry":  # security events may be none
        table, box = page.locator("#result_list").evaluate(_WIDTHS)
        assert table <= box
    page.set_viewport_size(PHONE)
    assert is_within_window(page)


def test_the_keys_of_a_client(page):
    page.set_viewport_size(DESK)
    open_keys(page)
    table, box = page.locator(".tabular table").evaluate(_WIDTHS)
    assert table <= box
    assert is_within_window(page)
    page.set_viewport_size(PHONE)
    assert is_within_window(page)


def test_each_page_has_the_icon(page):
    href = page.locator("link[rel=icon]").get_attribute("href")
    for address in ("/favicon.ico", href):
        answer = page.request.get(str(address))
        assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")
