"""The capture page as a person goes through it: a film of photographs, and the real models."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.real_engine]
PAINTER = Path(__file__).parents[2] / "browser" / "sdk" / "painter.js"
RETURN = "https://app.example/done?order=7"
USED = "the server responded with a status of 410"


@pytest.fixture(scope="module")
def backend(new_backend):
    """The backend of a bank, where nobody is enrolled yet."""
    return new_backend("bank")


@pytest.fixture(scope="module")
def enrolled(new_backend, browser, server):
    """The backend of a shop where Obama is enrolled, through its page."""
    backend = new_backend("shop")
    context = browser.new_context()
    context.grant_permissions(["camera"], origin=backend.base)
    page = context.new_page()
    link, session = backend.link("enrollment", "obama", language="en")
    page.goto(link)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name="You are enrolled")).to_be_visible(timeout=60_000)
    context.close()
    assert backend.session(session)["status"] == "completed"
    return backend


def test_a_person_enrolls_and_goes_back(backend, visitors, put):
    put("obama.jpg")
    backend.set_look(name="Acme Bank", notice="Acme Bank keeps no picture.")
    link, session = backend.link("enrollment", "a", return_url=RETURN, language="en")
    person = visitors()
    person.open(link)
    person.sees("Enroll your face")
    expect(person.page).to_have_title("Acme Bank")
    for text in ("Acme Bank asks you", "Acme Bank keeps no picture.", "measured and then deleted"):
        expect(person.page.get_by_text(text)).to_be_visible()
    person.press("Start")
    person.sees("You are enrolled")
    answer = backend.session(session)
    assert answer["status"] == "completed"
    way = person.page.get_by_role("link", name="Continue")
    query = f"&session_id={answer['enrollment_id']}&outcome=completed"
    expect(way).to_have_attribute("href", RETURN + query)
    # The same tab may load the page again; nobody else may open the link.
    person.page.reload()
    person.sees("Done")
    expect(person.page.get_by_role("link", name="Continue")).to_be_visible()
    stranger = visitors(locale="en")
    stranger.may_complain = [USED]
    stranger.open(link)
    stranger.sees("This link was used")


def test_a_person_is_verified_and_an_impostor_is_not(enrolled, visitors, put):
    for name, title, result in (
        ("obama.jpg", "You were recognized", "success"),
        ("biden.jpg", "You were not recognized", "failure"),
    ):
        put(name)
        link, session = enrolled.link("verification", "obama", language="en")
        person = visitors()
        person.open(link)
        person.press("Start")
        person.sees(title)
        assert enrolled.session(session)["result"] == result
        assert "similarity" not in person.page.content()


def test_a_refused_person_tries_again_as_the_policy_allows(enrolled, visitors, put):
    enrolled.set_policy(capture_retries=1)
    put("biden.jpg")
    link, session = enrolled.link("verification", "obama", language="en", return_url=RETURN)
    person = visitors()
    person.open(link)
    person.press("Start")
    person.sees("You were not recognized")
    expect(person.page.get_by_role("button", name="Try again")).to_have_class("main")
    expect(person.page.get_by_role("link", name="Continue")).to_have_class("button")
    first = outcome_and_session(person)
    put("obama.jpg")
    person.press("Try again")
    person.sees("You were recognized")
    second = outcome_and_session(person)
    assert (first[0], second[0]) == ("not_matched", "matched")
    assert first[1] != second[1]
    # The session's token leads to the last try.
    assert enrolled.session(session)["result"] == "success"
    enrolled.set_policy(capture_retries=None)


def outcome_and_session(person) -> tuple[str, str]:
    """Return the outcome and the session's id in the address of the way on."""
    way = person.page.get_by_role("link", name="Continue")
    query = parse_qs(urlsplit(way.get_attribute("href")).query)
    return query["outcome"][0], query["session_id"][0]


def test_the_last_try_is_the_last_and_a_lost_answer_costs_none(enrolled, visitors, put):
    enrolled.set_policy(capture_retries=1)
    put("biden.jpg")
    link, _ = enrolled.link("verification", "obama", language="en", return_url=RETURN)
    person = visitors()
    person.may_complain = ["Failed to load resource"]
    person.open(link)
    person.press("Start")
    person.sees("You were not recognized")
    person.page.reload()  # the screen of a page that is loaded again offers it, too
    person.sees("That did not work")
    expect(person.page.get_by_text("You can try again here.")).to_be_visible()

    def lose(route) -> None:
        route.fetch()
        route.abort()

    person.page.route("**/api/capture/retry/", lose, times=1)
    person.press("Try again")
    person.sees("The service cannot be reached")
    person.press("Try again")
    person.press("Start")
    person.sees("You were not recognized")
    expect(person.page.get_by_role("link", name="Continue")).to_be_visible()
    expect(person.page.get_by_text("Use another way, or ask")).to_be_visible()
    assert person.page.get_by_role("button", name="Try again").count() == 0
    enrolled.set_policy(capture_retries=None)


def test_a_page_that_is_loaded_again_in_between_goes_on(backend, visitors, put):
    put("obama.jpg")
    link, session = backend.link("enrollment", "a", language="en")
    person = visitors()
    person.open(link)
    person.sees("Enroll your face")
    person.page.reload()
    person.press("Start")
    person.sees("You are enrolled")
    assert backend.session(session)["status"] == "completed"


def test_a_phone_takes_over_from_a_computer(backend, visitors, put):
    put("obama.jpg")
    link, session = backend.link("enrollment", "a", return_url=RETURN, language="en")
    computer, phone = visitors(), visitors(has_touch=True, is_mobile=True)
    computer.open(link)
    computer.press("Continue on your phone")
    computer.sees("Continue on your phone")
    code = computer.page.get_by_alt_text("QR code of the link for your phone")
    expect(code).to_be_visible()
    code.evaluate("(image) => image.decode()")  # it is visible before it is drawn
    address = _read(code.screenshot())
    phone.open(address)
    phone.sees("Enroll your face")
    computer.sees("Your phone is connected")
    phone.press("Start")
    phone.sees("You are enrolled")
    expect(phone.page.get_by_text("Go back to your other device")).to_be_visible()
    computer.sees("Done")
    assert backend.session(session)["status"] == "completed"
    assert "outcome=completed" in str(
        computer.page.get_by_role("link", name="Continue").get_attribute("href")
    )


def _read(picture: bytes) -> str:
    """Return the text of a QR code on a screenshot, as a phone reads it."""
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    text, *_ = cv2.QRCodeDetector().detectAndDecode(image)
    assert text
    return str(text)


def test_the_policy_can_demand_a_phone_and_the_person_may_stay_otherwise(backend, visitors):
    backend.set_policy(capture_handover="require")
    person = visitors()
    person.open(backend.link("enrollment", "a", language="en")[0])
    person.sees("Continue on your phone")
    assert person.page.get_by_role("button").all_inner_texts() == ["Cancel"]
    backend.set_policy(capture_handover=None)
    person = visitors()
    person.open(backend.link("enrollment", "a", language="en")[0])
    person.press("Continue on your phone")
    person.press("Use this device instead")
    person.sees("Enroll your face")


def test_a_phone_that_opens_the_link_itself_is_the_phone(backend, visitors):
    backend.set_policy(capture_handover="require")
    phone = visitors(has_touch=True, is_mobile=True)
    phone.open(backend.link("enrollment", "a", language="en")[0])
    phone.sees("Enroll your face")
    assert not phone.page.get_by_role("button", name="Continue on your phone").is_visible()
    backend.set_policy(capture_handover=None)


def test_a_computer_whose_phone_is_lost_shows_a_new_code_or_cancels(backend, visitors):
    link, session = backend.link("enrollment", "a", return_url=RETURN, language="en")
    computer, phone = visitors(), visitors(has_touch=True, is_mobile=True)
    computer.open(link)
    computer.press("Continue on your phone")
    phone.open(address_of_code(computer))
    computer.sees("Your phone is connected")
    computer.press("Show a new code")
    other = visitors(has_touch=True, is_mobile=True)
    other.open(address_of_code(computer))
    computer.sees("Your phone is connected")
    computer.press("Cancel")
    computer.sees("Cancelled")
    assert outcome_and_session(computer)[0] == "cancelled"
    assert backend.session(session)["status"] == "cancelled"


def address_of_code(computer) -> str:
    """Return the address below the code for a phone."""
    computer.sees("Continue on your phone")
    return str(computer.page.locator(".address").text_content())


@pytest.mark.parametrize("is_started", [False, True])
def test_the_page_of_an_erased_user_leads_back(backend, visitors, is_started):
    link, _ = backend.link("enrollment", "erased", return_url=RETURN, language="en")
    person = visitors()
    person.may_complain = ["Failed to load resource"]
    person.context.add_init_script(path=PAINTER)
    person.open(link)
    if is_started:
        person.press("Start")
        expect(person.page.get_by_text("Show your face to the camera.")).to_be_visible()
    else:
        person.sees("Enroll your face")
    backend.call("DELETE", "/api/clients/users/erased/")
    if not is_started:
        person.press("Start")
    person.sees("This session cannot be used" if is_started else "That did not work")
    assert outcome_and_session(person)[0] == "failed"
    assert not person.page.get_by_role("button").all_inner_texts()


def test_a_page_that_was_left_notices_the_end_when_it_is_seen_again(backend, visitors):
    link, session = backend.link("enrollment", "a", return_url=RETURN, language="en")
    person = visitors()
    person.open(link)
    person.sees("Enroll your face")
    backend.cancel(session)
    person.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    person.sees("Cancelled")
    assert outcome_and_session(person)[0] == "cancelled"


def test_no_further_try_is_offered_after_a_cancellation(backend, visitors):
    backend.set_policy(capture_retries=1)
    link, session = backend.link("enrollment", "a", return_url=RETURN, language="en")
    person = visitors()
    person.may_complain = ["Failed to load resource"]
    person.context.add_init_script(path=PAINTER)
    person.open(link)
    person.press("Start")
    expect(person.page.get_by_text("Show your face to the camera.")).to_be_visible()
    backend.cancel(session)
    person.sees("That did not work")
    assert outcome_and_session(person)[0] == "cancelled"
    assert not person.page.get_by_role("button").all_inner_texts()
    backend.set_policy(capture_retries=None)


def test_no_phone_is_offered_where_the_policy_refuses(backend, visitors):
    backend.set_policy(capture_handover="refuse")
    person = visitors()
    person.open(backend.link("enrollment", "a", language="en")[0])
    person.sees("Enroll your face")
    assert not person.page.get_by_role("button", name="Continue on your phone").is_visible()
    backend.set_policy(capture_handover=None)


def test_a_blocked_camera_is_told_with_the_way_out(backend, visitors):
    person = visitors(has_camera=False)
    person.open(backend.link("enrollment", "a", language="en")[0])
    person.press("Start")
    person.sees("The camera is blocked")


def test_a_person_may_cancel(backend, visitors):
    link, session = backend.link("enrollment", "a", return_url=RETURN, language="en")
    person = visitors()
    person.open(link)
    person.press("Cancel")
    person.sees("Cancelled")
    way = person.page.get_by_role("link", name="Continue")
    assert "outcome=cancelled" in str(way.get_attribute("href"))
    assert backend.session(session)["status"] == "cancelled"


def test_the_page_speaks_the_language_of_the_browser_or_of_the_link(backend, visitors):
    colors = {"accent": "#7a1fa2", "background": "#fffaf0", "text": "#2b1b12"}
    backend.set_look(colors=colors)
    french, arabic = visitors(locale="fr-CA"), visitors(locale="fr-CA")
    french.open(backend.link("enrollment", "a")[0])
    expect(french.page.get_by_role("button", name="Continuer sur votre téléphone")).to_be_visible()
    assert french.page.evaluate("document.documentElement.lang") == "fr"
    arabic.open(backend.link("enrollment", "a", language="ar")[0])
    expect(arabic.page.get_by_role("button", name="تابع على هاتفك")).to_be_visible()
    assert arabic.page.evaluate("document.documentElement.dir") == "rtl"
    arabic.look("arabic")
    background = "getComputedStyle(document.body).backgroundColor"
    assert arabic.page.evaluate(background) == "rgb(255, 250, 240)"
    backend.set_look(colors=None)
    assert french.findings + arabic.findings == []


def test_the_whole_page_is_light(backend, visitors):
    person = visitors()
    sizes = []
    person.page.on("response", lambda answer: sizes.append(len(answer.body())))
    person.open(backend.link("enrollment", "a", language="en")[0])
    person.sees("Enroll your face")
    assert sum(sizes) < 150_000
    assert json.dumps(person.requested).count("/texts/en.js") == 2  # no other language
