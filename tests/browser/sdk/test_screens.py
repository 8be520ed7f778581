"""Each screen as a person sees it: accessible, in a narrow window too, and kept as a picture."""

import pytest

from tests.browser.accessibility import findings
from tests.browser.sdk.test_element import FAILED_CALL, FRAMES

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("painter")]

LOOKS = {
    "light": ("light", "en"),
    "dark-arabic": ("dark", "ar"),
}
# CSS pixels: a phone; and a window of 640 pixels at 200 %.
PHONE, ZOOMED = (390, 844), (320, 480)
_TOO_WIDE = """() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
}"""


@pytest.fixture(params=LOOKS)
def look(request):
    return request.param


@pytest.fixture
def screen(customer, service, ada, look, screenshot):
    """A function that checks the screen that is shown now."""
    theme, language = LOOKS[look]
    page = customer.page
    size = dict(zip(("width", "height"), PHONE, strict=True))
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")

    def check(name):
        assert findings(page, "main") == []
        screenshot(page, f"face-capture-{name}-{look}")
        page.set_viewport_size({"width": ZOOMED[0], "height": ZOOMED[1]})
        assert page.evaluate(_TOO_WIDE) <= 0
        page.set_viewport_size(size)

    def visit(**opening):
        session = service.open("verification", ada, **opening)
        customer.visit(session, language=language, appearance={"name": "Acme Bank"})

    check.visit = visit
    return check


def press_main(page):
    page.locator("face-capture button.main").click()


def test_the_way_to_a_match(customer, screen):
    page = customer.page
    screen.visit(liveness="challenge")
    screen("start")
    page.evaluate("permit('prompt')")
    press_main(page)
    customer.wait_for("screen", screen="permission")
    screen("permission")
    page.evaluate("permit('granted')")

    screen.visit(liveness="challenge")
    press_main(page)
    page.locator("face-capture .direction svg, face-capture .seconds:not(:empty)").first.wait_for()
    screen("challenge")
    customer.obey()
    page.evaluate("element.cancel()")
    screen("cancelled")

    screen.visit()
    press_main(page)
    customer.wait_for("completed")
    screen("matched")


def test_the_ways_that_fail(customer, screen):
    customer.may_complain.append(FAILED_CALL)
    page = customer.page
    screen.visit()
    customer.paint("nobody")
    press_main(page)
    customer.wait_for("hint", reason="no_face")
    page.locator("face-capture .fit").wait_for()
    screen("hint")
    page.route(FRAMES, lambda route: route.abort())
    page.locator("face-capture .connection:not([hidden])").wait_for()
    screen("lost-connection")
    page.unroute(FRAMES)

    screen.visit()
    page.evaluate("element.retry = async () => null")
    page.evaluate("permit('denied')")
    press_main(page)
    customer.wait_for("error", code="permission_denied")
    screen("denied")
    page.evaluate("permit('granted')")
    customer.paint("bob")
    press_main(page)
    customer.wait_for("failed")
    screen("not-recognized")


def test_a_desktop(customer, service, screenshot):
    page = customer.page
    page.set_viewport_size({"width": 1280, "height": 900})
    customer.visit(service.open("enrollment", "desktop"), appearance={"name": "Acme Bank"})
    screenshot(page, "face-capture-start-desktop")
    customer.paint("nobody")
    press_main(page)
    customer.wait_for("hint")
    screenshot(page, "face-capture-hint-desktop")
