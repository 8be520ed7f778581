"""Memory of a web process while many callers send images of 25 megapixels in every format."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from threading import Lock
from time import perf_counter, sleep
from typing import NamedTuple

import numpy as np
from PIL import Image

from bench import pictures
from bench.http import serve
from bench.table import Row, Table
from faceplatform.conf import MAX_IMAGE_BYTES
from tests.deployment import Caller
from tests.photographs import photo

_SIDE = 5000
_CALLERS = 64
_REQUESTS = 10  # per caller
_WARM_UP = 16  # sessions with live frames
_REST_SECONDS = 60


class _Held(NamedTuple):
    """Resident memory of one process in MB (MiB): now, and its peak."""

    now: float
    peak: float


def pixels(data: Path) -> Table:
    """Measure the largest process before, during and a minute after the load. Linux only."""
    if not Path("/proc/self/status").exists():
        return Table("Memory under large images", [], "there is no /proc: Linux only")
    large = list(_large_images())
    with serve(data) as server:
        caller = server.caller(server.create_client("bench"))
        _warm_up(caller)
        processes = server.web.children()
        before = [_held(process) for process in processes]
        start = perf_counter()
        statuses = _post(caller, large)
        seconds = perf_counter() - start
        sleep(_REST_SECONDS)
        after = [_held(process) for process in processes]
    answered = statuses[200] / seconds
    growth = max(a.now / b.now for a, b in zip(after, before, strict=True))
    others = sum(count for status, count in statuses.items() if status not in {200, 503})
    return Table(
        f"Memory of a web process under {_CALLERS} callers, with {len(large)} kinds of images of "
        "25 megapixels",
        [
            Row("before, after frames of 640 x 480", max(held.now for held in before), "MB"),
            Row("peak", max(held.peak for held in after), "MB", "<= 500"),
            Row(f"{_REST_SECONDS} s after", max(held.now for held in after), "MB"),
            Row(f"{_REST_SECONDS} s after, over before", growth, "x", "<= 1.2"),
            Row("images measured", statuses[200], "", note=f"{answered:.1f} a second"),
            Row("refused as too many at the moment", statuses[503], ""),
            Row("answered otherwise", others, "", "<= 0", _others(statuses)),
        ],
    )


def _others(statuses: Counter[int]) -> str:
    return ", ".join(f"{status}: {n}" for status, n in statuses.items() if status not in {200, 503})


def _large_images() -> Iterator[bytes]:
    """Yield images of 25 megapixels: photographs, or one colour if those have too many bytes."""
    with Image.open(photo("obama.jpg")) as opened:
        photograph = opened.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    plain = Image.new("RGB", (_SIDE, _SIDE), (200, 150, 120))
    transparent = plain.convert("RGBA")
    transparent.putalpha(128)
    deep = Image.fromarray(np.full((_SIDE, _SIDE), 40_000, dtype=np.uint16))
    yield _file(photograph, "JPEG", quality=90)
    yield _file(photograph, "JPEG", quality=90, progressive=True)
    yield _file(photograph, "JPEG", quality=80, progressive=True, subsampling=0)
    yield _file(photograph.convert("CMYK"), "JPEG", quality=80)
    yield _file(photograph.convert("L"), "JPEG", quality=90)
    yield _file(photograph, "WEBP", quality=80, method=0)
    yield _file(plain, "WEBP", lossless=True, method=0)
    yield _file(transparent, "WEBP", lossless=True, method=0)
    yield _file(plain, "PNG")
    yield _file(transparent, "PNG")
    yield _file(photograph.quantize(64), "PNG")
    yield _file(deep, "PNG")
    yield _file(photograph.convert("1"), "BMP")
    yield _file(photograph, "AVIF", quality=60, speed=10)


def _file(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, file_format, **options)
    if buffer.tell() > MAX_IMAGE_BYTES:
        raise RuntimeError(f"a {file_format} of {buffer.tell()} bytes is beyond the limit")
    return buffer.getvalue()


def _warm_up(caller: Caller) -> None:
    """Post over many connections at the same time, so that every process serves some."""

    def work(_: int) -> None:
        own = caller.another_connection()
        token = own.enrollment(target_samples=10)
        for image in pictures.views(8):
            own.frame(token, image).json()

    with ThreadPoolExecutor(_WARM_UP) as pool:
        list(pool.map(work, range(_WARM_UP)))


def _post(caller: Caller, large: Sequence[bytes]) -> Counter[int]:
    """Post the images from many callers. Count the answers by status."""
    statuses: Counter[int] = Counter()
    lock = Lock()

    def work(number: int) -> None:
        own = caller.another_connection()
        token = own.enrollment(target_samples=10)
        for turn in range(_REQUESTS):
            answer = own.frame(token, large[(number + turn) % len(large)])
            with lock:
                statuses[answer.status] += 1
            if answer.retry_after:
                sleep(answer.retry_after)

    with ThreadPoolExecutor(_CALLERS) as pool:
        list(pool.map(work, range(_CALLERS)))
    return statuses


def _held(process: int) -> _Held:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if "kB" in line}
    return _Held(found["VmRSS"], found["VmHWM"])
