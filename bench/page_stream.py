"""Posts against a WebSocket in Chromium: `python -m bench.page_stream`.

A page of another origin sends the same pictures to sessions with a challenge that nobody follows,
each when the last answer has come: posted, as the JavaScript SDK does, and as messages of a stream;
on loopback, and over a slow link.
"""

import tempfile
from base64 import b64encode
from pathlib import Path

from playwright.sync_api import Page

from bench import hardware
from bench.embedded import serving
from bench.slow_link import open_slow_link
from bench.table import Row, Table
from bench.timing import Times
from tests.browser.program import open_browser
from tests.browser.sdk.film import pictures_of
from tests.browser.sdk.service import Service
from tests.browser.sdk.shop import open_shop

_PHOTO = "obama.jpg"
_ROUNDS = 4  # the first one warms up
_FRAMES = 20
_DELAY = 0.05  # seconds, in each direction
_UPLOAD = 250_000  # bytes a second
_PACE = 5  # frames a second: the SDK sends no more, during a challenge

# Each function returns the milliseconds of each frame.
_WAYS = """({
    async posted({ base, token, pictures }) {
        const times = [];
        for (const picture of pictures) {
            const began = performance.now();
            const form = new FormData();
            form.append("image", blobOf(picture), "frame.jpg");
            const answer = await fetch(`${base}/api/auth/sessions/current/frames/`, {
                method: "POST", body: form, headers: { "X-Session-Token": token },
            });
            check(await answer.json());
            times.push(performance.now() - began);
        }
        return times;
    },
    async streamed({ base, token, pictures }) {
        const address = `${base.replace(/^http/, "ws")}/api/auth/stream/`;
        const stream = new WebSocket(address, ["faceplatform.frames", `token.${token}`]);
        await new Promise((resolve) => stream.addEventListener("open", resolve));
        const times = [];
        for (const picture of pictures) {
            const began = performance.now();
            const answered = new Promise((resolve) => { stream.onmessage = resolve; });
            stream.send(blobOf(picture));
            check(JSON.parse((await answered).data));
            times.push(performance.now() - began);
        }
        stream.close();
        return times;
    },
})"""
_SCRIPT = """async ([way, given]) => {
    const bytesOf = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    const blobOf = (text) => new Blob([bytesOf(text)], { type: "image/jpeg" });
    const check = ({ requires_more_frames: isOpen, code, reason }) => {
        if (!isOpen) throw new Error(code ?? reason);
    };
    return %s[way](given);
}"""


def main() -> None:
    print(hardware.describe())
    with tempfile.TemporaryDirectory(prefix="faceplatform-bench-") as folder:
        for table in page_streams(Path(folder)):
            print(table)


def page_streams(folder: Path) -> list[Table]:
    """Measure both ways in turn, on a server of the embedded default."""
    with serving(folder) as (port, key):
        base = f"http://127.0.0.1:{port}"
        with (
            open_shop(base) as shop,
            open_browser() as browser,
            open_slow_link(port, delay=_DELAY, upload=_UPLOAD) as far,
        ):
            service = Service(base, key, allowed=[shop])
            page = browser.new_context(bypass_csp=True).new_page()  # it allows one address alone
            page.goto(shop)
            slow = f"{2000 * _DELAY:.0f} ms there and back, {8 * _UPLOAD / 1e6:.0f} Mbit/s up"
            return [
                _compared("on loopback", page, service, base),
                _compared(f"over {slow}", page, service, f"http://127.0.0.1:{far}"),
            ]


def _compared(name: str, page: Page, service: Service, base: str) -> Table:
    times: dict[str, list[float]] = {"posted": [], "streamed": []}
    for turn in range(_ROUNDS):
        for way in times:
            measured = _sent(way, page, service, base)
            if turn:
                times[way] += measured
    posted, streamed = (Times(found) for found in times.values())
    return Table(
        f"Frames of 640 x 480 from a page of another origin, during a challenge, {name}; embedded "
        f"default; the SDK sends {_PACE} a second at most",
        [
            Row("posted, median", posted.middle, "ms", note=str(posted)),
            Row("as a message of a stream, median", streamed.middle, "ms", note=str(streamed)),
            Row("posted", min(_PACE, 1000 / posted.middle), "frames/s"),
            Row("as a message of a stream", min(_PACE, 1000 / streamed.middle), "frames/s"),
        ],
    )


def _sent(way: str, page: Page, service: Service, base: str) -> list[float]:
    token = service.open("enrollment", "bench", liveness="challenge")["token"]
    pictures = [b64encode(picture).decode() for picture in pictures_of(_PHOTO)[:_FRAMES]]
    given = {"base": base, "token": token, "pictures": pictures}
    times: list[float] = page.evaluate(_SCRIPT % _WAYS, [way, given])
    return times


if __name__ == "__main__":
    main()
