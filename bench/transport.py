"""Frames of one session over HTTP: each posted alone, or as messages of one WebSocket."""

import json
import uuid
from pathlib import Path
from time import perf_counter

from bench.http import Connection, serve
from bench.table import Row, Table
from bench.timing import Times
from tests import pictures
from tests.deployment import Caller
from tests.engine_real.sequences import moved
from tests.photographs import photo
from tests.web.sockets import Socket

_FRAMES = 25
_SESSIONS = 4
# Refused as blurred, so that sessions stay open and no frame is matched.
_BLUR = 6.0


def transport(data: Path) -> Table:
    """Post the same sequence in turn in both ways, each to sessions of its own."""
    portrait = pictures.blur(pictures.resize(pictures.read(photo("obama.jpg")), 0.5), _BLUR)
    frames = [pictures.to_jpeg(pixels) for pixels in moved(portrait, _FRAMES)]
    with serve(data) as server:
        caller = server.caller(server.create_client(f"bench-{uuid.uuid4().hex}"))
        posted, streamed = [], []
        for turn in range(_SESSIONS + 1):
            first, second = (
                _posted(server.port, caller, frames),
                _streamed(server.port, caller, frames),
            )
            if turn:  # the first ones warm up
                posted += first
                streamed += second
    single, stream = Times(posted), Times(streamed)
    return Table(
        "A frame over HTTP on the embedded default: posted alone on a kept connection, and as a "
        "message of a WebSocket; 640 x 480, a face that moves and is too blurred to be matched",
        [
            Row("posted alone, median", single.middle, "ms", note=str(single)),
            Row("in a stream, median", stream.middle, "ms", note=str(stream)),
            Row("stream over single, medians", stream.middle / single.middle, "x", "<= 0.6"),
        ],
    )


def _posted(port: int, caller: Caller, frames: list[bytes]) -> list[float]:
    token, times = caller.enrollment(), []
    connection = Connection(port, caller.token)
    for data in frames:
        start = perf_counter()
        head, _, body = connection.exchange(connection.build_request(token, data)).partition(
            b"\r\n\r\n"
        )
        times.append((perf_counter() - start) * 1000)
        _require_blurred(json.loads(body), head)
    return times


def _streamed(port: int, caller: Caller, frames: list[bytes]) -> list[float]:
    token, times = caller.enrollment(), []
    bearer = f"Bearer {caller.token}"
    with Socket(port, Authorization=bearer, X_Session_Token=token) as stream:
        for data in frames:
            start = perf_counter()
            answer = stream.frame(data)
            times.append((perf_counter() - start) * 1000)
            _require_blurred(answer, stream.head)
    return times


def _require_blurred(answer: dict[str, object], head: bytes) -> None:
    if answer.get("reason") != "blurred":
        raise RuntimeError(f"{head!r} {answer}")
