"""The capture page in a frame: for the parents that the client allows, and for no other."""

from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import expect

from tests.capture.browser.parents import open_parents

pytestmark = [pytest.mark.browser, pytest.mark.real_engine]
PAINTER = Path(__file__).parents[2] / "browser" / "sdk" / "painter.js"
_PATIENCE = 60_000
_SAY = """([request, origin]) =>
  document.querySelector("iframe").contentWindow.postMessage(
    {type: "faceplatform.capture", request}, origin)"""


@pytest.fixture(scope="module")
def parents():
    """The origins of two parents that the client allows, and of a stranger."""
    with open_parents(3) as origins:
        yield origins


@pytest.fixture(scope="module")
def backend(new_backend, parents):
    backend = new_backend("framed")
    backend.set_look(allowed_parents=parents[:2])
    return backend


@pytest.fixture
def parent(browser):
    """A function that shows a link in a frame of a page of that origin; return the page.

    A script may stand for the camera.
    """
    contexts = []

    def show(origin: str, link: str, *, is_refused: bool = False, camera: Path | None = None):
        context = browser.new_context()
        if camera is not None:
            context.add_init_script(path=camera)
        contexts.append(context)
        context.grant_permissions(
            ["camera"], origin="{0.scheme}://{0.netloc}".format(urlsplit(link))
        )
        page = context.new_page()
        address = f"{origin}/?link={quote(link, safe='')}"
        if not is_refused:
            page.goto(address)
            return page
        with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
            page.goto(address)
        return page

    yield show
    for context in contexts:
        context.close()


def start_of(page):
    """Return the first screen in the frame, and the frame."""
    frame = page.frame_locator("iframe")
    heading = frame.get_by_role("heading", name="Enroll your face")
    expect(heading).to_be_visible(timeout=_PATIENCE)
    return frame


def test_an_allowed_parent_is_told_the_end_and_can_cancel(backend, parent, parents):
    link, session = backend.link("enrollment", "a", language="en")
    page = parent(parents[0], link)
    start_of(page)
    page.evaluate(_SAY, ["cancel", backend.base])
    page.wait_for_function("told.length", timeout=_PATIENCE)
    answer = backend.session(session)
    assert answer["status"] == "cancelled"
    assert page.evaluate("told") == [
        {
            "type": "faceplatform.capture",
            "event": "ended",
            "session_id": answer["enrollment_id"],
            "outcome": "cancelled",
            "origin": backend.base,
        }
    ]


def test_a_parent_is_not_told_the_end_while_there_is_another_try(backend, parent, parents):
    policy = {"capture_retries": 1, "max_enrollment_frames": 1}
    backend.set_policy(**policy)
    link, session = backend.link("enrollment", "a", language="en")
    page = parent(parents[0], link, camera=PAINTER)
    start_of(page).get_by_role("button", name="Start", exact=True).click()
    page.wait_for_function("told.length", timeout=_PATIENCE)
    page.evaluate(_SAY, ["cancel", backend.base])  # the person has closed the parent's dialog
    page.wait_for_function("told.length === 2", timeout=_PATIENCE)
    told = [(each["event"], each["outcome"]) for each in page.evaluate("told")]
    assert told == [("failed", "failed"), ("ended", "failed")]
    assert backend.session(session)["reason"] == "frame_limit"
    backend.set_policy(**dict.fromkeys(policy))


def test_the_end_is_told_once(backend, parent, parents):
    """Also where the policy allows another try, which this end does not."""
    backend.set_policy(capture_retries=1)
    link, session = backend.link("enrollment", "a", language="en")
    page = parent(parents[0], link, camera=PAINTER)
    frame = start_of(page)
    frame.get_by_role("button", name="Start", exact=True).click()
    expect(frame.get_by_text("Show your face to the camera.")).to_be_visible(timeout=_PATIENCE)
    backend.cancel(session)
    page.wait_for_function("told.length", timeout=_PATIENCE)
    expect(frame.get_by_role("heading", name="That did not work")).to_be_visible()
    assert frame.get_by_role("button").count() == 0
    page.evaluate(_SAY, ["cancel", backend.base])
    page.evaluate("new Promise((resolve) => setTimeout(resolve))")  # the message was heard before
    assert [(each["event"], each["outcome"]) for each in page.evaluate("told")] == [
        ("ended", "cancelled")
    ]
    backend.set_policy(capture_retries=None)


def test_no_other_page_can_frame_it(backend, parent, parents):
    allowed, second, stranger = parents
    for origin, options in ((stranger, {}), (second, {"parent_origin": allowed})):
        link, session = backend.link("enrollment", "a", language="en", **options)
        parent(origin, link, is_refused=True)
        assert backend.session(session)["status"] == "pending"
        start_of(parent(allowed, link))  # nothing was used up


def test_only_the_parents_own_window_is_heard(backend, parent, parents):
    link, session = backend.link("enrollment", "a", language="en")
    page = parent(parents[0], link)
    frame = start_of(page)
    inner = page.frames[1]
    inner.evaluate("postMessage({type: 'faceplatform.capture', request: 'cancel'}, '*')")
    inner.evaluate("new Promise((resolve) => setTimeout(resolve))")  # the message was heard before
    assert frame.get_by_role("heading", name="Cancelled").count() == 0
    assert backend.session(session)["status"] == "pending"
