"""Modules of the SDK by themselves, in the browser that runs them."""

import re

import pytest

from faceplatform.liveness.gestures import Gesture
from faceplatform.sessions.reasons import FRAME_REASONS
from tests.browser.sdk.painted import COLOURS
from tests.browser.sdk.shop import SOURCE

pytestmark = pytest.mark.browser

LANGUAGES = ("en", "fr", "es", "pt", "id", "de", "ar")
# Bytes, without compression.
MOST = 150_000
# One key a line, so that other programs can read the list.
KEY = re.compile(r'^  ([a-z][a-z0-9_]*): ".+",$', re.MULTILINE)

# The time between frames: challenge, refusals in a row, limit; milliseconds.
INTERVALS = [
    (False, 0, None, 500),
    (False, 3, None, 500),
    (False, 4, None, 1000),
    (True, 0, None, 200),
    (True, 9, None, 200),
    (True, 0, 2, 500),
    (False, 0, 0.5, 2000),
    (False, 0, 100, 500),
]
# The wait after failures: in a row, Retry-After, chance; milliseconds.
DELAYS = [
    (1, None, 1, 500),
    (1, None, 0, 375),
    (2, None, 1, 1000),
    (5, None, 1, 8000),
    (99, None, 1, 8000),
    (1, 3, 0, 3000),
    (1, 3, 1, 3250),
    (5, 3, 1, 8000),
    (1, 0, 1, 500),
    (1, 9999, 0, 60_000),
]
# The size of the next frame: the one now, milliseconds of frames.
SIZES = [
    (0, [], 0),
    (0, [3000], 0),
    (0, [3000, 3000], 1),
    (1, [9000, 2600, 2600], 2),
    (2, [3000, 3000], 2),
    (1, [3000, 900, 3000], 1),
    (1, [100] * 4, 1),
    (1, [100] * 5, 0),
    (0, [100] * 5, 0),
]
# How well a face fits the oval of a frame of 640 x 480: its box.
FITS = [
    (None, 0, 0),
    ([210, 120, 220, 220], 0.99, 1),
    ([260, 170, 120, 120], 0.3, 0.6),
    ([0, 120, 220, 220], 0, 0),
    ([160, 80, 330, 330], 0.4, 0.7),
]
# Labels of cameras, and if they are programs.
LABELS = [
    ("OBS Virtual Camera", True),
    ("ManyCam Video Source", True),
    ("Dummy video device (v4l2loopback)", True),
    ("NDI Webcam 1", True),
    ("FaceTime HD Camera", False),
    ("Integrated Camera (04f2:b6d9)", False),
    ("Logitech BRIO", False),
    ("camera2 1, facing front", False),
    ("Handy cam (Blindenschrift)", False),
    ("", False),
]
# What the API answers to a frame: status, problem, and how the SDK takes it.
FINISHED = {"code": "session_finished", "session_status": "completed"}
REPLIES = [
    (200, {"reason": "accepted"}, {"is": "answered", "answer": {"reason": "accepted"}}),
    (410, {"code": "session_expired"}, {"is": "ended", "succeeded": False, "reason": "expired"}),
    (
        409,
        FINISHED | {"reason": "matched"},
        {"is": "ended", "succeeded": True, "reason": "matched"},
    ),
    (
        409,
        FINISHED | {"reason": "no_match"},
        {"is": "ended", "succeeded": False, "reason": "no_match"},
    ),
    (
        409,
        {"code": "duplicate_face"},
        {"is": "ended", "succeeded": False, "reason": "duplicate_face"},
    ),
    (400, {"code": "image_truncated"}, {"is": "refused", "code": "image_truncated"}),
    (413, None, {"is": "refused", "code": "http_413"}),
    (429, {"code": "throttled"}, {"is": "wait", "retryAfter": 7, "code": "throttled"}),
    (503, {"code": "engine_busy"}, {"is": "wait", "retryAfter": 7, "code": "engine_busy"}),
    (502, None, {"is": "wait", "retryAfter": 7, "code": "http_502"}),
    (401, {"code": "authentication_failed"}, {"threw": "session_invalid"}),
    (404, {"code": "session_not_found"}, {"threw": "session_invalid"}),
    (503, {"code": "liveness_unavailable"}, {"threw": "service_unavailable"}),
]


@pytest.fixture(scope="module")
def call(browser, shop):
    """A function that calls an exported function of a module once for each list of arguments."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(shop)

    def call(module, function, rows):
        return page.evaluate(
            """async ([module, name, rows]) => {
                const { [name]: call } = await import(`/sdk/${module}.js`);
                return Promise.all(rows.map((row) => call(...row)));
            }""",
            [module, function, rows],
        )

    call.page = page
    yield call
    context.close()


def test_frames_are_paced(call):
    rows = [
        [{"isChallenge": challenge, "refusals": refusals} | ({"limit": limit} if limit else {})]
        for challenge, refusals, limit, _ in INTERVALS
    ]
    assert call("pacing", "interval", rows) == [row[-1] for row in INTERVALS]


def test_failures_are_waited_out(call):
    assert call("pacing", "delay", [row[:-1] for row in DELAYS]) == [row[-1] for row in DELAYS]


def test_frames_are_sized_by_the_network(call):
    assert call("pacing", "nextSize", [row[:-1] for row in SIZES]) == [row[-1] for row in SIZES]


def test_the_fit_of_a_face(call):
    boxes = [box and dict(zip(("x", "y", "width", "height"), box, strict=True)) for box, *_ in FITS]
    fits = call("fit", "fitOf", [[box, 640, 480] for box in boxes])
    assert all(low <= fit <= high for fit, (_, low, high) in zip(fits, FITS, strict=True)), fits


def test_cameras_that_are_programs(call):
    assert call("camera", "isVirtual", [[label] for label, _ in LABELS]) == [v for _, v in LABELS]


def test_answers_of_the_api(call):
    found = call.page.evaluate(
        """async (rows) => {
            const { FrameApi } = await import("/sdk/api.js");
            const api = new FrameApi({ token: "enr_1", kind: "enrollment" }, "en");
            const signal = new AbortController().signal;
            const found = [];
            const headers = { "Retry-After": "7" };
            for (const [status, body] of rows) {
                const text = body === null ? "<html>" : JSON.stringify(body);
                window.fetch = async () => new Response(text, { status, headers });
                const reply = api.post(new Blob(), 1, signal);
                found.push(await reply.catch(({ code }) => ({ threw: code })));
            }
            return found;
        }""",
        [row[:2] for row in REPLIES],
    )
    assert found == [row[-1] for row in REPLIES]


def test_every_language_has_every_text():
    texts = {each: (SOURCE / "texts" / f"{each}.js").read_text() for each in LANGUAGES}
    keys = {each: KEY.findall(text) for each, text in texts.items()}
    assert {f"hint_{reason}" for reason in FRAME_REASONS} <= set(keys["en"])
    for language, text in texts.items():
        assert keys[language] == keys["en"], language
        assert len(keys[language]) == text.count("\n") - 2, language
        assert values_named_in(text) == values_named_in(texts["en"]), language


def values_named_in(text):
    return sorted(re.findall(r"\{\w+\}", text))


def test_the_whole_is_light():
    assert sum(file.stat().st_size for file in SOURCE.rglob("*.js")) < MOST


def test_the_painter_knows_every_gesture():
    assert set(Gesture) <= set(COLOURS)
