"""Every page works from this server alone, in light and dark, on a phone and at 200 % zoom."""

from base64 import b32decode

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD

pytestmark = pytest.mark.browser
PAGES = {
    "/": "Face recognition on your own servers",
    "/api/schema/swagger-ui/": "Faceplatform",
    "/api/schema/legacy/swagger-ui/": "Faceplatform",
    "/api/schema/redoc/": "Faceplatform",
}
# Width and height in CSS pixels; at 200 % zoom a laptop's screen has half as many.
SCREENS = {"desktop": (1280, 800), "phone": (360, 740), "zoomed": (640, 400)}
MISSING = "Failed to load resource: the server responded with a status of 404 (Not Found)"


@pytest.mark.parametrize("address", PAGES)
def test_it_opens(visit, address):
    assert visit.open(address) == 200
    expect(visit.page.locator("h1").first).to_contain_text(PAGES[address])


def test_the_landing_page_says_if_frames_can_be_measured(visit):
    visit.open("/")
    expect(visit.page.locator("#state")).to_have_text("Ready for frames")


def test_it_says_so_when_they_cannot(visit):
    problem = {"title": "Frames cannot be measured"}
    visit.page.route("**/api/core/ready/", lambda route: route.fulfill(status=503, json=problem))
    visit.open("/")
    expect(visit.page.locator("#state.down")).to_have_text("Frames cannot be measured")
    assert "503" in visit.complaints.pop()


@pytest.mark.parametrize("address", ["/nothing", "/api/schema/swagger"])
def test_an_unknown_address_leads_back(visit, address):
    assert visit.open(address) == 404
    assert visit.complaints == [MISSING]  # the page itself
    visit.complaints.clear()
    visit.page.get_by_role("link", name="Go to the start page").click()
    expect(visit.page.locator("h1")).to_have_text(PAGES["/"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("address", ["/", "/admin/login/", "/nothing"])
def test_nothing_is_cut_off(visit, address, screen, scheme):
    width, height = SCREENS[screen]
    visit.page.emulate_media(color_scheme=scheme)
    visit.page.set_viewport_size({"width": width, "height": height})
    visit.open(address)
    visit.complaints = [each for each in visit.complaints if each != MISSING]
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    background = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in background.strip("rgb()").split(",")) / 3
    assert (brightness < 128) is (scheme == "dark")


def test_every_link_is_reached_by_keyboard(visit):
    visit.open("/")
    links = visit.page.locator("a").count()
    reached = set()
    for _ in range(3 * links):
        visit.page.keyboard.press("Tab")
        reached.add(visit.page.evaluate("[...document.links].indexOf(document.activeElement)"))
    assert reached >= set(range(links))


def test_signing_in_to_the_admin(visit):
    visit.open("/admin/")
    visit.page.get_by_label("Username").fill("root")
    visit.page.get_by_label("Password").fill(PASSWORD)
    visit.page.get_by_role("button", name="Log in").click()
    expect(visit.page.get_by_role("link", name="Clients", exact=True).first).to_be_visible()


def test_setting_a_second_factor_up_and_signing_in_with_it(visit):
    visit.open("/admin/")
    page = visit.page
    page.get_by_label("Username").fill("root")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Second factor").click()
    expect(page.get_by_role("img", name="QR code of the key")).to_be_visible()
    totp = TOTP(b32decode(page.locator("#key").inner_text()))
    page.get_by_label("Code:", exact=True).fill(f"{totp.token():06}")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_text("Your second factor is set up.")).to_be_visible()
    # The code was used. The one of the next half minute is accepted already.
    totp.drift = 1
    page.get_by_role("link", name="Second factor").click()
    page.get_by_label("Code:", exact=True).fill(f"{totp.token():06}")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Your second factor is removed.")).to_be_visible()
