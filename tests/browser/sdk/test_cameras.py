"""Cameras as people have them: two, turned in the middle, in use, too small; and voices."""

import pytest
from playwright.sync_api import expect

from tests.browser.program import open_browser
from tests.browser.sdk.customer import Customer
from tests.browser.sdk.test_element import FAILED_CALL, FRAMES

pytestmark = pytest.mark.browser

_CAMERA = """element.shadowRoot.querySelector("video")
    .srcObject?.getTracks()[0].getSettings().deviceId"""
_PICKER = "face-capture select"
# The first call for a camera is refused, as by Windows while another program has it.
_IN_USE_ONCE = """(() => {
    const devices = navigator.mediaDevices;
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async () => {
        devices.getUserMedia = open;
        throw new DOMException("Could not start video source", "NotReadableError");
    };
})()"""
# Keeps what is said. `localService` is false for voices whose maker is sent the texts.
_VOICES = """(() => {
    window.said = [];
    const voices = %s;
    const speechSynthesis = {
        getVoices: () => voices,
        speak: ({ text, voice, lang }) => said.push({ text, voice: voice.name, lang }),
        cancel: () => {},
        addEventListener: () => {},
    };
    Object.defineProperty(window, "speechSynthesis", { value: speechSynthesis });
    window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
})()"""
_OF_A_MAKER = '{ name: "Cloud", lang: "en-GB", localService: false }'
_OF_THE_DEVICE = '{ name: "Device", lang: "en_US", localService: true }'


@pytest.fixture
def two_cameras(shop):
    """A visitor with two cameras, which show the browser's pattern: to the engine, Alice."""
    with open_browser(cameras=2) as browser:
        context = browser.new_context()
        context.grant_permissions(["camera"], origin=shop)
        yield Customer(context.new_page(), shop)
        context.close()


def test_a_person_picks_a_camera_which_is_remembered(two_cameras, service):
    customer, page = two_cameras, two_cameras.page
    customer.visit(service.open("enrollment", "picks", target_samples=10))
    customer.press("Start")
    customer.wait_for("frame")
    first = page.evaluate(_CAMERA)
    values = page.locator(f"{_PICKER} option").evaluate_all("(all) => all.map((one) => one.value)")
    assert len(values) == 2
    assert page.locator(_PICKER).input_value() == first
    (other,) = set(values) - {first}
    page.get_by_role("combobox", name="Camera").select_option(other, timeout=10_000)
    page.wait_for_function(f"(id) => {_CAMERA} === id", arg=other)
    customer.forget()
    customer.wait_for("frame")  # the pattern comes again and again: no session completes with it
    assert customer.told("error") == []

    customer.visit(service.open("enrollment", "picks"))
    customer.press("Start")
    customer.wait_for("frame")
    assert customer.page.locator(_PICKER).input_value() == other
    assert customer.complaints == []


def test_one_camera_needs_no_picker(customer, service):
    customer.visit(service.open("enrollment", "one", target_samples=10))
    customer.press("Start")
    customer.wait_for("frame")
    expect(customer.page.locator(_PICKER)).to_be_hidden()


@pytest.mark.usefixtures("painter")
def test_a_phone_that_is_turned_goes_on(customer, service):
    page = customer.page
    page.set_viewport_size({"width": 844, "height": 390})
    session = service.open("enrollment", "turns")
    customer.visit(session)
    customer.paint("nobody")
    customer.press("Start")
    customer.wait_for("frame", width=640, height=480)
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("sizeCamera(480, 640)")
    customer.wait_for("frame", width=480, height=640)
    expect(page.locator("face-capture .overlay")).to_have_attribute("viewBox", "0 0 480 640")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    customer.paint("alice")
    customer.wait_for("completed")
    assert service.session(session)["status"] == "completed"


def test_a_camera_in_use_is_told_and_tried_again(customer, service, context):
    context.add_init_script(_IN_USE_ONCE)
    session = service.open("enrollment", "in-use")
    customer.visit(session)
    customer.press("Start")
    assert customer.wait_for("error")["code"] == "camera_in_use"
    assert customer.sees("The camera is in use")
    assert service.session(session)["frames_received"] == 0
    customer.press("Try again")
    customer.wait_for("completed")


@pytest.mark.usefixtures("painter")
def test_a_camera_with_too_small_pictures_is_refused(customer, service):
    session = service.open("enrollment", "small")
    customer.visit(session)
    customer.page.evaluate("sizeCamera(160, 120)")
    customer.press("Start")
    assert customer.wait_for("error")["code"] == "camera_too_small"
    assert customer.sees("The camera's pictures are too small")
    assert service.session(session)["frames_received"] == 0
    customer.page.evaluate("sizeCamera(640, 480)")
    customer.press("Try again")
    customer.wait_for("completed")


@pytest.mark.usefixtures("painter")
def test_hints_are_read_aloud_on_demand_by_a_voice_of_the_device(customer, service, context):
    context.add_init_script(_VOICES % f"[{_OF_A_MAKER}, {_OF_THE_DEVICE}]")
    customer.visit(service.open("enrollment", "listens"))
    customer.paint("nobody")
    customer.press("Start")
    customer.page.get_by_text("Show your face to the camera.").wait_for()
    switch = customer.page.get_by_role("switch", name="Read hints aloud")
    assert not switch.is_checked()
    assert customer.page.evaluate("said") == []
    switch.check()
    hint = {"text": "Show your face to the camera.", "voice": "Device", "lang": "en_US"}
    assert customer.page.evaluate("said") == [hint]
    switch.uncheck()
    customer.paint("alice")
    customer.wait_for("completed")
    assert customer.page.evaluate("said") == [hint]


@pytest.mark.usefixtures("painter")
def test_a_voice_that_sends_the_texts_to_its_maker_is_not_offered(customer, service, context):
    context.add_init_script(_VOICES % f"[{_OF_A_MAKER}]")
    customer.visit(service.open("enrollment", "unheard"))
    customer.paint("nobody")
    customer.press("Start")
    customer.wait_for("frame")
    assert customer.page.get_by_role("switch").count() == 0


@pytest.mark.usefixtures("painter")
def test_a_server_that_is_away_for_ten_seconds_is_waited_for(customer, service):
    """Ten seconds of the page's own clock."""
    page = customer.page
    customer.may_complain.append(FAILED_CALL)
    page.clock.install()
    customer.visit(service.open("enrollment", "ten-seconds"))
    customer.paint("nobody")
    customer.press("Start")
    customer.wait_for("frame")
    page.route(FRAMES, lambda route: route.abort())
    customer.wait_for("connection", state="lost")
    began = page.evaluate("performance.now()")
    while page.evaluate("performance.now()") - began < 10_000:
        page.clock.run_for(1000)
    assert page.get_by_text("The connection is lost.").is_visible()
    assert customer.told("error") == []
    customer.paint("alice")
    page.unroute(FRAMES)
    page.clock.run_for(10_000)  # the longest wait between two calls is eight seconds
    customer.wait_for("connection", state="back")
    customer.wait_for("completed")
    assert customer.told("error") == []
