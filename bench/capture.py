"""The JavaScript SDK in Chromium beside bare calls of the API: `python -m bench.capture`.

A page of another origin opens the camera, which shows a film of a photograph, and posts its frames
to sessions with a challenge that nobody follows, so that each takes many frames. In turn with it,
the film's pictures are posted to such sessions by themselves.
"""

import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter

from playwright.sync_api import Browser

from bench import hardware
from bench.embedded import serving
from bench.http import Connection
from bench.table import Row, Table
from bench.timing import Times
from tests.browser.program import open_browser
from tests.browser.sdk.customer import Customer
from tests.browser.sdk.film import Film, pictures_of
from tests.browser.sdk.service import Service
from tests.browser.sdk.shop import open_shop

_PHOTO = "obama.jpg"
_ROUNDS = 4  # the first one warms up
_FRAMES = 20
_START = """async () => {
    window.began = performance.now();
    void element.start();
}"""
# When each frame was posted and answered, in milliseconds since the start.
_TIMES = """() => performance.getEntriesByType("resource")
    .filter(({ name }) => name.endsWith("/frames/"))
    .map(({ startTime, responseEnd }) => [startTime - began, responseEnd - began])"""


@dataclass(frozen=True, slots=True)
class _Visit:
    """The frames of a session in the browser: when each was posted and answered, in milliseconds
    since the start was asked for."""

    frames: list[tuple[float, float]]

    @property
    def first(self) -> float:
        return self.frames[0][0]

    @property
    def durations(self) -> list[float]:
        return [answered - posted for posted, answered in self.frames]

    @property
    def rate(self) -> float:
        """Frames a second."""
        return 1000 / median(later - posted for (posted, _), (later, _) in pairwise(self.frames))


def main() -> None:
    print(hardware.describe())
    with tempfile.TemporaryDirectory(prefix="faceplatform-bench-") as folder:
        print(capture(Path(folder)))


def capture(folder: Path) -> Table:
    """Measure both in turn, on a server of the embedded default."""
    film = Film(folder / "film.mjpeg")
    film.show(_PHOTO)
    with serving(folder) as (port, key):
        base = f"http://127.0.0.1:{port}"
        with open_shop(base) as shop, open_browser(film.file) as browser:
            service = Service(base, key, allowed=[shop])
            rounds = [
                (_bare(port, service), _visit(browser, shop, service)) for _ in range(_ROUNDS)
            ][1:]
    return _table([time for bare, _ in rounds for time in bare], [visit for _, visit in rounds])


def _session(service: Service) -> dict[str, str]:
    return service.open("enrollment", "bench", liveness="challenge")


def _bare(port: int, service: Service) -> list[float]:
    """Return the milliseconds of each frame that is posted by itself."""
    token, times = _session(service)["token"], []
    connection = Connection(port, service.token)
    for picture in pictures_of(_PHOTO)[:_FRAMES]:
        request = connection.build_request(token, picture)
        start = perf_counter()
        connection.exchange(request)
        times.append((perf_counter() - start) * 1000)
    return times


def _visit(browser: Browser, shop: str, service: Service) -> _Visit:
    context = browser.new_context()
    context.grant_permissions(["camera"], origin=shop)
    customer = Customer(context.new_page(), shop)
    customer.visit(_session(service))
    customer.page.evaluate(_START)
    customer.page.wait_for_function(
        """(count) => told.filter(({ name }) => name === 'frame').length >= count
            || told.some(({ name }) => name === 'failed')""",
        arg=_FRAMES,
    )  # nobody makes the gestures: a challenge may fail before
    frames = customer.page.evaluate(_TIMES)
    context.close()
    return _Visit([(posted, answered) for posted, answered in frames])


def _table(bare: list[float], visits: list[_Visit]) -> Table:
    alone, shown = Times(bare), Times([time for visit in visits for time in visit.durations])
    firsts = Times([visit.first for visit in visits])
    return Table(
        "Frames of 640 x 480 from a page of another origin, during a challenge, beside the same "
        "frames posted by themselves; embedded default",
        [
            Row(
                "from Start to the first frame posted, median",
                firsts.middle,
                "ms",
                note=str(firsts),
            ),
            Row("a bare call, median", alone.middle, "ms", note=str(alone)),
            Row("a call of the page, median", shown.middle, "ms", note=str(shown)),
            Row("page over bare, medians", shown.middle / alone.middle, "x"),
            Row("bare calls in a row", 1000 / alone.middle, "frames/s"),
            Row(
                "frames of the page, median of sessions",
                median(visit.rate for visit in visits),
                "frames/s",
                note="paced to at most 5",
            ),
        ],
    )


if __name__ == "__main__":
    main()
