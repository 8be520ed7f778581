"""The capture page in a frame: for the parents that the client allows, and for no other."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.real_engine]
ALLOWED, SECOND, STRANGER = (f"http://localhost:{port}" for port in (50001, 50002, 50003))
# Keeps what the frame tells, with its origin.
_PARENT = """<!doctype html><html lang="en"><title>Parent</title><h1>Parent</h1>
<script>
  window.told = [];
  addEventListener("message", ({{ data, origin }}) => told.push({{ ...data, origin }}));
</script>
<iframe src="{link}" allow="camera" title="Face" width="800" height="900"></iframe></html>"""
_SAY = """([request, origin]) =>
  document.querySelector("iframe").contentWindow.postMessage(
    {type: "faceplatform.capture", request}, origin)"""


@pytest.fixture(scope="module")
def backend(new_backend):
    backend = new_backend("framed")
    backend.set_look(allowed_parents=[ALLOWED, SECOND])
    return backend


@pytest.fixture
def parent(browser):
    """A function that shows a link in a frame of a page of that origin; return the page."""
    contexts = []

    def show(origin: str, link: str):
        context = browser.new_context()
        contexts.append(context)
        base = "{0.scheme}://{0.netloc}".format(urlsplit(link))
        context.grant_permissions(["camera"], origin=base)
        page = context.new_page()
        html = _PARENT.format(link=link)
        page.route(f"{origin}/", lambda route: route.fulfill(body=html, content_type="text/html"))
        with page.expect_event("framenavigated", lambda frame: frame.parent_frame is not None):
            page.goto(f"{origin}/")
        return page

    yield show
    for context in contexts:
        context.close()


def told(page) -> list[dict[str, str]]:
    page.wait_for_function("told.some(({event}) => event === 'ended')")
    return page.evaluate("told")


def test_an_allowed_parent_is_told_the_end_and_can_cancel(backend, parent):
    link, session = backend.link("enrollment", "a", language="en")
    page = parent(ALLOWED, link)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Enroll your face")).to_be_visible(timeout=60_000)
    page.evaluate(_SAY, ["cancel", backend.base])
    (end,) = told(page)
    answer = backend.session(session)
    assert end == {
        "type": "faceplatform.capture",
        "event": "ended",
        "session_id": answer["enrollment_id"],
        "outcome": "cancelled",
        "origin": backend.base,
    }
    assert answer["status"] == "cancelled"


def test_no_other_page_can_frame_it(backend, parent):
    for origin, options in ((STRANGER, {}), (SECOND, {"parent_origin": ALLOWED})):
        link, session = backend.link("enrollment", "b", language="en", **options)
        page = parent(origin, link)
        assert page.frames[1].url == "chrome-error://chromewebdata/"
        assert backend.session(session)["status"] == "pending"
        # Nothing was used up.
        page = parent(ALLOWED, link)
        heading = page.frame_locator("iframe").get_by_role("heading", name="Enroll your face")
        expect(heading).to_be_visible(timeout=60_000)


def test_a_stranger_inside_the_frames_page_is_not_heard(backend, parent):
    """Only the parent's own window may ask, whatever origin another one has."""
    link, session = backend.link("enrollment", "c", language="en")
    page = parent(ALLOWED, link)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Enroll your face")).to_be_visible(timeout=60_000)
    inner = page.frames[1]
    inner.evaluate("postMessage({type: 'faceplatform.capture', request: 'cancel'}, '*')")
    inner.evaluate("new Promise((resolve) => setTimeout(resolve))")  # the message was heard before
    assert frame.get_by_role("heading", name="Cancelled").count() == 0
    assert backend.session(session)["status"] == "pending"
