"""Cosines and alarms of stills that are held, and of a film of living faces.

python -m bench.stillness --film FILE --portraits DIR

The portraits have one face each. Each is saved, lit, and moved in several ways, as rows of four
frames two seconds long; of the film, every row of frames of one face. Both go through the session's
own rules (`liveness.stillness`, `liveness.loops`).
"""

import os
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import django
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from faceplatform.engine.base import DecodingEngine
    from faceplatform.matching.embeddings import Embedding

Pixels = NDArray[np.uint8]
Change = Callable[[Pixels, np.random.Generator], Pixels]

_SIDE = 640  # of a portrait, at most
_ROWS = 3  # of each portrait and change
_FRAMES = 4
_PACE = 10  # frames a second of the film
_LAGS = (1, 2, 5, 10, 20)  # frames


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    from bench import hardware
    from faceplatform.engine.local import LocalEngine

    parser = ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--film", type=Path, required=True)
    parser.add_argument("--portraits", type=Path, required=True)
    given = parser.parse_args()
    print(hardware.describe())
    engine = LocalEngine(lanes=1)
    _print_film(engine, _film(given.film))
    portraits = [_portrait(path) for path in sorted(given.portraits.glob("*.jpg"))]
    _print_stills(engine, portraits)


def _print_film(engine: "DecodingEngine", frames: list[Pixels]) -> None:
    faces = [_embedding(engine, frame) for frame in frames]
    print(f"\nfilm, {len(faces)} frames, {_PACE} a second")
    print("seconds apart | pairs | cosine: median, max")
    for lag in _LAGS:
        pairs = zip(faces, faces[lag:], strict=False)
        cosines = [float(a @ b) for a, b in pairs if a is not None and b is not None]
        print(f"{lag / _PACE} | {len(cosines)} | {np.median(cosines):.3f}, {max(cosines):.4f}")
    print("frames a second | rows without an alarm, of those two seconds long")
    for step in (1, 2, 5):
        rows = list(_rows_of(faces[::step], step / _PACE))
        print(f"{_PACE / step:.0f} | {sum(not _is_still(*row) for row in rows)} of {len(rows)}")
    print(f"loops seen in the film: {_loops(frames)}; in its first 2 s again and again: ", end="")
    print(_loops(frames[: 2 * _PACE] * 2))


def _print_stills(engine: "DecodingEngine", portraits: Sequence[Pixels]) -> None:
    random = np.random.default_rng(1)
    print(f"\n{len(portraits)} portraits: change | cosine: 5 %, median | rows with an alarm")
    for name, change in _CHANGES.items():
        cosines, alarms, rows = [], 0, 0
        for portrait in portraits:
            for _ in range(_ROWS):
                row = [_embedding(engine, change(portrait, random)) for _ in range(_FRAMES)]
                found = [face for face in row if face is not None]
                cosines += [float(a @ b) for a, b in combinations(found, 2)]
                alarms += len(found) == _FRAMES and _is_still(found, 1.0)
                rows += 1
        low, median = np.percentile(cosines, [5, 50])
        print(f"{name} | {low:.4f}, {median:.4f} | {alarms} of {rows}")


def _rows_of(
    faces: Sequence["Embedding | None"], pace: float
) -> Iterator[tuple[list["Embedding"], float]]:
    """Yield each row of faces that is two seconds long and has one face in every frame."""
    length = max(_FRAMES, round(2 / pace) + 1)
    for start in range(len(faces) - length + 1):
        row = [face for face in faces[start : start + length] if face is not None]
        if len(row) == length:
            yield row, pace


def _is_still(faces: Sequence["Embedding"], pace: float) -> bool:
    """Return True if a session that accepts all of these refuses the last one."""
    from faceplatform.liveness.stillness import continued

    row = None
    for place, face in enumerate(faces):
        cosines = [float(face @ earlier) for earlier in faces[:place]]
        row = continued(row, cosines, at=place * pace)
    return row is not None and row.is_too_long((len(faces) - 1) * pace)


def _loops(frames: Sequence[Pixels]) -> int:
    """Return the number of frames at which a loop is seen, by fingerprints as they are."""
    from PIL import Image

    from faceplatform.engine.decoding.fingerprint import (
        NEAR_DUPLICATE_BITS,
        fingerprint,
        fingerprint_distance,
    )
    from faceplatform.liveness import loops

    def is_same(a: str, b: str) -> bool:
        return fingerprint_distance(bytes.fromhex(a), bytes.fromhex(b)) <= NEAR_DUPLICATE_BITS

    codes: list[str] = []
    seen = 0
    for frame in frames:
        code = fingerprint(Image.fromarray(frame).convert("L")).hex()
        codes = loops.with_frame(codes, code, is_same=is_same)
        seen += loops.is_loop(codes, is_same=is_same)
    return seen


def _embedding(engine: "DecodingEngine", pixels: Pixels) -> "Embedding | None":
    from faceplatform.engine.types import Frame, Wants

    frame = Frame(pixels=np.ascontiguousarray(pixels), digest="", fingerprint=b"")
    face = engine.analyze(frame, wants=Wants()).face
    return None if face is None else face.embedding


def _film(path: Path) -> list[Pixels]:
    film = cv2.VideoCapture(str(path))
    step = max(1, round(film.get(cv2.CAP_PROP_FPS) / _PACE))
    frames: list[Pixels] = []
    while (read := film.read())[0]:
        frames.append(np.asarray(read[1][:, :, ::-1], dtype=np.uint8))
    return frames[::step]


def _portrait(path: Path) -> Pixels:
    image = cv2.imread(str(path))
    if image is None:
        raise SystemExit(f"{path} is no image")
    scale = min(1.0, _SIDE / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small[:, :, ::-1], dtype=np.uint8)


def _saved(pixels: Pixels, random: np.random.Generator) -> Pixels:
    quality = int(random.integers(60, 90))
    data = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    again = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.asarray(again, dtype=np.uint8)[:, :, ::-1]


def _noised(pixels: Pixels, random: np.random.Generator) -> Pixels:
    noised: Pixels = np.clip(pixels + random.normal(0, 2, pixels.shape), 0, 255).astype(np.uint8)
    return noised


def _lit(pixels: Pixels, random: np.random.Generator) -> Pixels:
    lit: Pixels = np.clip(pixels * random.uniform(0.93, 1.07), 0, 255).astype(np.uint8)
    return lit


def _moved(by: float) -> Change:
    """Return a change that shifts by so many pixels at most, turns by by/5 degrees, and scales."""

    def move(pixels: Pixels, random: np.random.Generator) -> Pixels:
        height, width = pixels.shape[:2]
        angle, scale = random.uniform(-by / 5, by / 5), 1 + random.uniform(-by, by) / 300
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale)
        matrix[:, 2] = matrix[:, 2] + random.uniform(-by, by, 2)
        moved = cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        return _noised(np.asarray(moved, dtype=np.uint8), random)

    return move


def _cropped(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Cut up to 6 % off each side, turn by up to 1.5 degrees with black corners, save again."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = random.uniform(0, 0.06, 4)
    part = pixels[
        int(height * top) : int(height * (1 - bottom)), int(width * left) : int(width * (1 - right))
    ]
    height, width = part.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), random.uniform(-1.5, 1.5), 1)
    turned = cv2.warpAffine(np.ascontiguousarray(part), matrix, (width, height))
    return _saved(np.asarray(turned, dtype=np.uint8), random)


_CHANGES: dict[str, Change] = {
    "saved again": _saved,
    "noise": _noised,
    "light": _lit,
    "moved by up to 6 pixels, noise": _moved(6),
    "moved by up to 20 pixels, noise": _moved(20),
    "cropped by up to 6 % a side, turned, saved again": _cropped,
}


if __name__ == "__main__":
    main()
