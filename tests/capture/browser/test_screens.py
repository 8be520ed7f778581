"""Every screen of the capture page: axe-core finds nothing serious, in light and in dark."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from playwright.sync_api import expect

from tests.capture.browser.backend import Backend
from tests.capture.browser.screens import names, texts
from tests.capture.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.real_engine]
PAINTER = Path(__file__).parents[2] / "browser" / "sdk" / "painter.js"
RETURN = "https://app.example/done"
RETRY = "**/api/capture/retry/"
REDEEM = "**/api/capture/redeem/"
# Browsers write down each call that fails.
FAILED_CALL = "Failed to load resource"


class Scene(NamedTuple):
    """A person with a link, before they open it. Photographs are before the camera."""

    backend: Backend
    person: Visitor
    link: str
    session: dict[str, str]

    def open(self) -> None:
        self.person.open(self.link)

    def start(self) -> None:
        self.open()
        self.person.press("Start")

    def paint(self) -> None:
        """Let a plain canvas, in which there is no face, stand for the camera."""
        self.person.context.add_init_script(path=PAINTER)

    def permit(self, state: str) -> None:
        """Answer the browser's question about the painted camera before it is asked."""
        self.paint()
        self.person.context.add_init_script(f"permit('{state}')")

    def hand_over(self) -> str:
        """Show the code for a phone; return its address."""
        self.open()
        self.person.press("Continue on your phone")
        address = self.person.page.locator(".address").text_content()
        assert address
        return address


@pytest.fixture(scope="module")
def backend(new_backend) -> Backend:
    backend = new_backend("screens")
    backend.set_policy(capture_retries=1)
    return backend


@pytest.fixture(scope="module")
def enrolled(backend, browser) -> None:
    """Obama is enrolled as `obama`."""
    context = browser.new_context()
    context.grant_permissions(["camera"], origin=backend.base)
    page = context.new_page()
    page.goto(backend.link("enrollment", "obama", language="en")[0])
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name="You are enrolled")).to_be_visible(timeout=60_000)
    context.close()


def redeem(backend: Backend, link: str) -> None:
    """Open a link as another browser does."""
    body = {"link": link.rpartition("/")[2]}
    httpx.post(f"{backend.base}/api/capture/redeem/", json=body).raise_for_status()


def start(scene: Scene) -> None:
    scene.open()


def permission(scene: Scene) -> None:
    scene.permit("prompt")
    scene.start()


def capturing(scene: Scene) -> None:
    scene.paint()
    scene.start()
    expect(scene.person.page.get_by_text("Show your face to the camera.")).to_be_visible()


def checking(scene: Scene) -> None:
    """The answer to the call for another session does not come."""
    fail_with_another_try(scene)
    scene.person.page.route(RETRY, lambda _: None)
    scene.person.press("Try again")


def cancelled(scene: Scene) -> None:
    scene.open()
    scene.person.press("Cancel")


def failed(scene: Scene) -> None:
    scene.person.may_complain = [FAILED_CALL]
    capturing(scene)
    scene.backend.cancel(scene.session)


def fail_with_another_try(scene: Scene) -> Scene:
    """No frame of a session of one is good."""
    scene.backend.set_policy(max_enrollment_frames=1)
    link, session = scene.backend.link("enrollment", "obama", language="en", return_url=RETURN)
    scene.backend.set_policy(max_enrollment_frames=None)
    failing = scene._replace(link=link, session=session)
    failing.paint()
    failing.start()
    failing.person.sees(texts()["failed_title"])
    return failing


def error(scene: Scene) -> None:
    scene.permit("denied")
    scene.start()


def unsupported(scene: Scene) -> None:
    no_camera = "navigator.mediaDevices.enumerateDevices = async () => []"
    scene.person.context.add_init_script(no_camera)
    scene.open()


def used(scene: Scene) -> None:
    scene.person.may_complain = [FAILED_CALL]
    redeem(scene.backend, scene.link)
    scene.open()


def expired(scene: Scene) -> None:
    scene.person.may_complain = [FAILED_CALL]
    scene.backend.cancel(scene.session)
    scene.open()


def unknown(scene: Scene) -> None:
    """Another link replaces this one while the page loads."""
    scene.person.may_complain = [FAILED_CALL]

    def replace(route) -> None:
        scene.backend.another_link(scene.session)
        route.continue_()

    scene.person.page.route(REDEEM, replace)
    scene.open()


def unavailable(scene: Scene) -> None:
    scene.person.may_complain = [FAILED_CALL]
    scene.person.page.route(REDEEM, lambda route: route.abort())
    scene.open()


def phone(scene: Scene) -> None:
    scene.hand_over()


def connected(scene: Scene) -> None:
    redeem(scene.backend, scene.hand_over())


def done(scene: Scene) -> None:
    scene.start()
    scene.person.sees("You are enrolled")
    scene.person.page.reload()


def not_done(scene: Scene) -> None:
    """The user is erased while the page is open."""
    scene.person.may_complain = [FAILED_CALL]
    link, _ = scene.backend.link("enrollment", "erased", language="en", return_url=RETURN)
    scene.person.open(link)
    scene.person.sees("Enroll your face")
    scene.backend.call("DELETE", "/api/clients/users/erased/")
    scene.person.press("Start")


def not_yet(scene: Scene) -> None:
    fail_with_another_try(scene)
    scene.person.page.reload()


def page_cancelled(scene: Scene) -> None:
    scene.open()
    scene.person.sees("Enroll your face")
    scene.backend.cancel(scene.session)
    scene.person.page.reload()


def go_back(scene: Scene) -> None:
    """The page of the phone, after its end."""
    redeem(scene.backend, scene.link)
    scene.person.open(scene.backend.handed_over(scene.session))
    scene.person.press("Start")


SCREENS: dict[str, tuple[Callable[[Scene], None], str]] = {
    "start": (start, "title_enrollment"),
    "permission": (permission, "permission_title"),
    "capturing": (capturing, "title_enrollment"),
    "checking": (checking, "checking"),
    "enrolled": (Scene.start, "enrolled_title"),
    "matched": (Scene.start, "matched_title"),
    "failed_no_match": (Scene.start, "failed_no_match_title"),
    "cancelled": (cancelled, "cancelled_title"),
    "failed": (failed, "failed_title"),
    "error": (error, "error_permission_denied"),
    "unsupported": (unsupported, "error_camera_missing"),
    "page_used": (used, "page_used_title"),
    "page_expired": (expired, "page_expired_title"),
    "page_unknown": (unknown, "page_unknown_title"),
    "page_unavailable": (unavailable, "page_unavailable_title"),
    "page_phone": (phone, "page_phone_title"),
    "page_connected": (connected, "page_connected_title"),
    "page_done": (done, "page_done_title"),
    "page_not_done": (not_done, "page_not_done_title"),
    "page_not_yet": (not_yet, "page_not_yet_title"),
    "page_cancelled": (page_cancelled, "page_cancelled_title"),
    "page_go_back": (go_back, "page_go_back_title"),
}
VERIFICATIONS = {"matched": "obama.jpg", "failed_no_match": "biden.jpg"}


def test_every_screen_of_the_code_is_looked_at():
    assert set(SCREENS) == names()


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_accessible(backend, enrolled, visitors, put, name):
    put(VERIFICATIONS.get(name, "obama.jpg"))
    kind = "verification" if name in VERIFICATIONS else "enrollment"
    link, session = backend.link(kind, "obama", language="en", return_url=RETURN)
    go, title = SCREENS[name]
    scene = Scene(backend, visitors(), link, session)
    go(scene)
    scene.person.sees(texts()[title])
    scene.person.look(name)
    assert scene.person.findings == []
