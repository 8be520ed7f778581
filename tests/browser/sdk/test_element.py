"""`<face-capture>` on a page of another origin: sessions as a person goes through them."""

import json
import re

import pytest

pytestmark = pytest.mark.browser

FRAMES = "**/api/auth/sessions/current/frames/"
# Browsers write down each call that fails.
FAILED_CALL = "Failed to load resource"


class Posts:
    """Counts the calls of a page that are open at the same time, at most."""

    def __init__(self, page):
        self._open = 0
        self.most_at_once = 0
        page.on("request", self._begin)
        page.on("requestfinished", self._end)

    def _begin(self, request):
        self._open += request.method == "POST"
        self.most_at_once = max(self.most_at_once, self._open)

    def _end(self, request):
        self._open -= request.method == "POST"


def test_a_person_enrolls_and_is_verified(customer, service):
    page = customer.page
    posts = Posts(page)
    enrollment = service.open("enrollment", "grace")
    customer.visit(enrollment)
    customer.wait_for("ready")
    customer.press("Start")
    customer.wait_for("completed", outcome="completed")
    assert customer.sees("You are enrolled")
    assert service.session(enrollment)["status"] == "completed"
    assert posts.most_at_once == 1

    verification = service.open("verification", "grace")
    customer.visit(verification)
    customer.press("Start")
    customer.wait_for("completed", outcome="matched")
    assert customer.sees("You were recognized")
    assert service.session(verification)["result"] == "success"
    assert "score" not in json.dumps(page.evaluate("told"))
    hosts = {customer.shop, service.base}
    assert all(any(url.startswith(host) for host in hosts) for url in customer.requested)


@pytest.mark.usefixtures("painter")
def test_an_impostor_is_refused_and_the_person_gets_another_try(customer, service, ada):
    sessions = [service.open("verification", ada) for _ in range(3)]
    customer.visit(sessions[0])
    customer.page.evaluate("(next) => { element.retry = async () => next.shift(); }", sessions[1:])
    customer.paint("bob")
    customer.press("Start")
    assert customer.wait_for("failed")["reason"] == "no_match"
    assert customer.sees("You were not recognized")
    customer.paint("alice")
    customer.press("Try again")
    customer.wait_for("completed", outcome="matched")
    results = [service.session(each)["result"] for each in sessions]
    assert results == ["failure", "success", None]


@pytest.mark.usefixtures("painter")
def test_the_service_says_if_a_person_was_enrolled_or_matched(customer, service, ada):
    session = service.open("verification", ada)
    customer.visit(session | {"kind": "enrollment"})
    customer.paint("alice")
    customer.press("Start")
    customer.wait_for("completed", outcome="matched")
    assert customer.sees("You were recognized")


@pytest.mark.parametrize("kind", ["enrolment", None])
def test_an_unknown_kind_of_session_is_refused(customer, service, ada, kind):
    customer.visit(service.open("verification", ada) | {"kind": kind})
    assert customer.wait_for("error")["code"] == "session_kind_unknown"
    title = "This page does not know the session"
    assert customer.page.get_by_role("heading", name=title).is_visible()
    assert customer.page.get_by_role("button").count() == 0


@pytest.mark.usefixtures("painter")
def test_a_page_may_offer_another_try_once_it_knows_of_one(customer, service, ada):
    sessions = [service.open("verification", ada) for _ in range(2)]
    customer.visit(sessions[0])
    customer.paint("bob")
    customer.press("Start")
    customer.page.get_by_text("Use another way, or ask").wait_for()
    assert customer.page.get_by_role("button").count() == 0
    customer.page.evaluate("(next) => { element.retry = async () => next; }", sessions[1])
    assert customer.sees("You were not recognized")
    customer.paint("alice")
    customer.press("Try again")
    customer.wait_for("completed", outcome="matched")


@pytest.mark.usefixtures("painter")
def test_a_page_may_keep_the_camera_off(customer, service, ada):
    customer.visit(service.open("verification", ada))
    customer.paint("alice")
    customer.page.evaluate(
        "() => { window.answers = [false, true]; element.mayStart = async () => answers.shift(); }"
    )
    customer.press("Start")
    customer.page.wait_for_function("() => answers.length === 1")
    assert customer.told("permission") == []
    customer.press("Start")
    customer.wait_for("completed", outcome="matched")


@pytest.mark.usefixtures("painter")
def test_a_page_without_a_further_session_says_so(customer, service, ada):
    customer.visit(service.open("verification", ada))
    customer.page.evaluate("element.retry = async () => null")
    customer.paint("bob")
    customer.press("Start")
    customer.press("Try again")
    customer.page.get_by_text("There is no further try.").wait_for()
    assert customer.page.get_by_role("button").count() == 0


@pytest.mark.usefixtures("painter")
def test_a_try_that_could_not_be_asked_for_is_asked_for_again(customer, service, ada):
    sessions = [service.open("verification", ada) for _ in range(2)]
    customer.visit(sessions[0])
    customer.page.evaluate(
        """(next) => {
            const answers = [() => { throw new Error("no connection"); }, () => next];
            element.retry = async () => answers.shift()();
        }""",
        sessions[1],
    )
    customer.paint("bob")
    customer.press("Start")
    customer.press("Try again")
    assert customer.wait_for("error")["code"] == "unexpected"
    customer.paint("alice")
    customer.press("Try again")
    customer.wait_for("completed", outcome="matched")


@pytest.mark.usefixtures("painter")
def test_a_challenge_is_shown_step_by_step(customer, service, ada):
    session = service.open("verification", ada, liveness="challenge")
    customer.visit(session, language="fr")
    customer.obey()
    customer.press("Commencer")
    customer.page.get_by_text("Regardez droit vers la caméra.", exact=True).wait_for()
    customer.page.get_by_text(re.compile("^Étape 1 sur [23]$")).wait_for()  # 3 with a blink
    customer.wait_for("completed", outcome="matched")
    steps = [event["challenge"] for event in customer.told("progress")]
    assert {step["steps_total"] for step in steps} <= {2, 3}
    assert steps[-1]["status"] == "passed"
    assert service.session(session)["liveness_verified"] is True


def test_a_denied_camera_is_explained_and_can_be_allowed(customer, service, context, shop):
    context.clear_permissions()
    customer.visit(service.open("enrollment", "denied"))
    customer.press("Start")
    assert customer.wait_for("error")["code"] == "permission_denied"
    assert customer.wait_for("permission", state="denied")
    assert customer.sees("The camera is blocked")
    assert customer.page.get_by_text("to the left of the address").is_visible()
    context.grant_permissions(["camera"], origin=shop)
    customer.press("Try again")
    customer.wait_for("completed")


@pytest.mark.usefixtures("painter")
def test_a_lost_camera_is_told_and_the_session_goes_on(customer, service):
    session = service.open("enrollment", "lost")
    customer.visit(session)
    customer.paint("nobody")
    customer.press("Start")
    customer.wait_for("hint", reason="no_face")
    customer.page.evaluate(
        "element.shadowRoot.querySelector('video').srcObject.getTracks()[0].stop()"
    )
    assert customer.wait_for("error")["code"] == "camera_lost"
    assert customer.sees("The camera was disconnected")
    customer.paint("alice")
    customer.press("Try again")
    customer.wait_for("completed")
    assert service.session(session)["status"] == "completed"


@pytest.mark.usefixtures("painter")
def test_a_server_that_is_away_is_waited_for(customer, service):
    customer.may_complain.append(FAILED_CALL)
    customer.visit(service.open("enrollment", "away"))
    customer.paint("nobody")
    customer.press("Start")
    customer.wait_for("frame")
    customer.page.route(FRAMES, lambda route: route.abort())
    customer.wait_for("connection", state="lost")
    customer.page.wait_for_function(
        "() => told.filter(({ state }) => state === 'lost').length >= 3"
    )
    assert customer.page.get_by_text("The connection is lost.").is_visible()
    customer.paint("alice")
    customer.page.unroute(FRAMES)
    customer.page.evaluate("dispatchEvent(new Event('online'))")
    customer.wait_for("connection", state="back")
    customer.wait_for("completed")
    assert customer.told("error") == []


def test_a_busy_server_is_given_the_time_that_it_asks_for(customer, service, shop):
    customer.may_complain.append(FAILED_CALL)
    calls = []

    def answer(route):
        if route.request.method == "POST":
            calls.append(route.request)
        if len(calls) != 1 or route.request.method != "POST":
            return route.continue_()
        headers = {
            "Access-Control-Allow-Origin": shop,
            "Access-Control-Expose-Headers": "Retry-After",
            "Retry-After": "2",
        }
        return route.fulfill(status=503, headers=headers, json={"code": "engine_busy"})

    customer.page.route(FRAMES, answer)
    customer.visit(service.open("enrollment", "busy"))
    customer.press("Start")
    customer.wait_for("connection", state="busy")
    customer.wait_for("completed")
    first, second = (call.timing["startTime"] for call in calls[:2])
    assert second - first >= 2000


def test_an_answer_that_was_lost_is_asked_for_again(customer, service, shop):
    """The session ended with a frame whose answer never came."""
    customer.may_complain.append(FAILED_CALL)
    customer.visit(service.open("enrollment", "unheard"))

    def lose(route):
        answer = route.fetch()
        if route.request.method == "POST" and answer.json().get("enrollment_complete"):
            return route.abort()
        return route.fulfill(response=answer)

    customer.page.route(FRAMES, lose)
    customer.press("Start")
    customer.wait_for("connection", state="lost")
    customer.wait_for("completed", outcome="completed")


@pytest.mark.parametrize(
    ("lack", "code"),
    [
        (
            "Object.defineProperty(navigator, 'mediaDevices', {value: undefined})",
            "unsupported_browser",
        ),
        ("Object.defineProperty(window, 'isSecureContext', {value: false})", "insecure_context"),
        ("navigator.mediaDevices.enumerateDevices = async () => []", "camera_missing"),
    ],
)
def test_a_browser_that_cannot_capture_is_told_so(customer, service, context, lack, code):
    context.add_init_script(lack)
    customer.visit(service.open("enrollment", "unable"))
    assert customer.wait_for("unsupported")["code"] == code
    assert customer.told("ready") == []
    assert customer.page.get_by_role("heading", level=2).is_visible()


def test_a_page_that_the_client_does_not_allow_is_told_so(customer, service, shop):
    customer.may_complain += [FAILED_CALL, "blocked by CORS policy"]
    service.allow()
    try:
        customer.visit(service.open("enrollment", "elsewhere"))
        customer.press("Start")
        assert customer.wait_for("error")["code"] == "origin_refused"
    finally:
        service.allow(shop)


@pytest.mark.usefixtures("painter")
def test_the_person_or_the_backend_ends_the_session(customer, service):
    customer.may_complain.append(FAILED_CALL)
    session = service.open("enrollment", "ended")
    customer.visit(session)
    customer.paint("nobody")
    customer.press("Start")
    customer.wait_for("frame")
    track = customer.page.evaluate_handle(
        "element.shadowRoot.querySelector('video').srcObject.getTracks()[0]"
    )
    customer.press("Cancel")
    customer.wait_for("cancelled")
    assert customer.sees("Cancelled")
    assert track.evaluate("(track) => track.readyState") == "ended"
    assert customer.told("error") == []

    customer.visit(session)
    customer.paint("nobody")
    customer.page.evaluate("void element.start()")  # as the page's own button would
    customer.wait_for("frame")
    service.cancel(session)
    assert customer.wait_for("failed")["reason"] == "cancelled"


@pytest.mark.usefixtures("painter")
def test_a_camera_that_is_a_program_is_refused_where_the_page_says_so(customer, service):
    session = service.open("enrollment", "virtual")
    customer.visit(session, refuseVirtualCameras=True)
    customer.page.evaluate("labelCamera('OBS Virtual Camera')")
    customer.page.evaluate("navigator.mediaDevices.enumerateDevices = async () => []")
    customer.press("Start")
    assert customer.wait_for("error")["code"] == "virtual_camera"
    assert service.session(session)["frames_received"] == 0


def test_the_keyboard_is_enough(customer, service):
    customer.visit(service.open("enrollment", "keys"))
    customer.page.keyboard.press("Tab")
    customer.page.keyboard.press("Enter")
    customer.wait_for("completed")
    assert customer.sees("You are enrolled")


def test_the_headless_capture_tells_the_same(customer, service, ada):
    customer.visit(service.open("enrollment", "unused"))
    session = service.open("verification", ada)
    ended = customer.page.evaluate(
        """async (session) => {
            const { FaceCapture } = await import("/sdk/face-capture.js");
            const capture = new FaceCapture({ session, language: "de" });
            const names = new Set();
            for (const name of ["ready", "permission", "frame", "progress", "completed"]) {
                capture.addEventListener(name, () => names.add(name));
            }
            await capture.check();
            const outcome = await capture.run();
            return { outcome, names: [...names] };
        }""",
        session,
    )
    assert ended["outcome"] == {"outcome": "matched", "reason": "matched"}
    assert set(ended["names"]) >= {"ready", "permission", "frame", "progress", "completed"}
