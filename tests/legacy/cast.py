"""The images of the golden stories: scripted for the engine, or photographs."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from faceplatform.engine import testing as fake
from faceplatform.errors import EngineError
from tests import pictures
from tests.photographs import photo, shared
from tests.stage import Stage

TEXT = b"this is no image at all, and no video either\n" * 20
# The first bytes of an MP4, and then nothing of one.
TEXT_AS_VIDEO = b"\x00\x00\x00\x20ftypisom" + TEXT

Cast = Callable[[str], bytes]


def video(
    frames: list[pictures.Pixels], folder: Path, *, codec: str = "mp4v", suffix: str = ".mp4"
) -> bytes:
    """Return a video of these pictures, each shown for a fifth of a second."""
    target = (folder / "made").with_suffix(suffix)
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(
        str(target), cv2.VideoWriter.fourcc(*codec), 10, (width // 2 * 2, height // 2 * 2)
    )
    for pixels in frames:
        even = np.ascontiguousarray(pixels[: height // 2 * 2, : width // 2 * 2, ::-1])
        for _ in range(2):
            writer.write(even)
    writer.release()
    return target.read_bytes()


def moving(pixels: pictures.Pixels) -> list[pictures.Pixels]:
    """Return a few different pictures made of one, as of a head that tilts."""
    return [pictures.rotated(pixels, degrees) for degrees in (-6, -3, 0, 3, 6)]


def _same_for_all(name: str) -> bytes | None:
    return {"empty": b"", "text": TEXT, "text as video": TEXT_AS_VIDEO}.get(name)


class FakeCast:
    """Images of noise. Frames of videos are really decoded, and recognized by their color."""

    VIDEOS = {
        "alice video": (200, 40, 40),
        "bob video": (40, 200, 40),
        "three faces video": (40, 40, 200),
        "spoof video": (200, 200, 40),
    }
    SHOWN: dict[str, dict[str, Any]] = {
        "alice": {"person": "alice"},
        "bob": {"person": "bob"},
        "three faces": {"faces": 3},
        "no face": {"faces": 0},
        "live": {"person": "alice", "liveness": fake.LIVE},
        "spoof": {"person": "alice", "liveness": fake.SPOOF},
        "unclear": {"person": "alice", "liveness": fake.UNCLEAR},
    }

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._stage, self._folder = stage, folder
        self._samples = 0
        self._out_of_order: dict[bytes, Exception] = {}
        scripted = stage.analyze

        def analyze(frame, wants):
            color = frame.pixels.reshape(-1, 3).mean(axis=0)
            for name, wanted in self.VIDEOS.items():
                if np.abs(color - wanted).max() < 40:
                    self._samples += 1
                    shown = self.SHOWN[name.removesuffix(" video")]
                    return fake.analysis(sample=self._samples, **shown)
            if error := self._out_of_order.get(frame.digest.encode()):
                raise error
            return scripted(frame, wants)

        self.analyze = analyze

    def __call__(self, name: str) -> bytes:
        common = _same_for_all(name)
        if common is not None:
            return common
        if name in self.VIDEOS:
            return self._video(name)
        if name in {"broken", "crash"}:
            return self._failing(name)
        return self._stage.frame(**self.SHOWN[name.removesuffix(" again")])

    def _failing(self, name: str) -> bytes:
        data = self._stage.frame()
        digest = hashlib.sha256(data).hexdigest().encode()
        self._out_of_order[digest] = EngineError() if name == "broken" else ZeroDivisionError()
        return data

    def _video(self, name: str) -> bytes:
        frames = []
        for i in range(5):  # a bar that moves, so that no frame repeats another
            pixels = pictures.plain(128, 128, self.VIDEOS[name]).copy()
            pixels[:, i * 24 : i * 24 + 12] = 255 - pixels[:, i * 24 : i * 24 + 12]
            pixels[i * 24 : i * 24 + 12] = np.array(self.VIDEOS[name]) // 2
            frames.append(pixels)
        return video(frames, self._folder)


class PhotographCast:
    """Two people, two photographs each, out of public packages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def person(self, name: str) -> pictures.Pixels:
        """Return the picture of ``alice``, ``alice again``, ``bob`` or ``bob again``."""
        if name == "bob again":
            return pictures.rotated(pictures.mirrored(self.person("bob")), 4)
        files = {"alice": "obama.jpg", "alice again": "obama2.jpg", "bob": "biden.jpg"}
        return pictures.read(photo(files[name]))

    def __call__(self, name: str) -> bytes:
        common = _same_for_all(name)
        if common is not None:
            return common
        if name == "no face":
            return pictures.to_jpeg(pictures.plain(640, 480))
        if name.startswith("three faces"):
            return self._three(as_video=name.endswith("video"))
        if name.endswith(" video"):
            return video(moving(self.person(f"{name.removesuffix(' video')} again")), self._folder)
        return pictures.to_jpeg(self.person(name))

    def _three(self, *, as_video: bool) -> bytes:
        alice, bob = self.person("alice"), self.person("bob")
        row = pictures.side_by_side(pictures.side_by_side(alice, bob), self.person("alice again"))
        if as_video:
            return video([pictures.resize(row, 0.5)] * 3, self._folder)
        return pictures.to_jpeg(row)


class SharedCast(PhotographCast):
    """The same, and of the second person two photographs of different days."""

    def person(self, name: str) -> pictures.Pixels:
        files = {"bob": "biden_1.jpg", "bob again": "biden_2.jpg"}
        if name in files:
            return pictures.read(shared(f"faces/people/{files[name]}"))
        return super().person(name)
