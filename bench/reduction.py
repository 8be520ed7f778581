"""The effect of measuring large JPEGs at half scale: ``python -m bench.reduction FOLDER``.

Every photograph in the folder is enlarged to 12 megapixels and measured at full scale, at half
scale, and at full scale after saving it again at quality 85, which shows the effect of saving
alone.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from statistics import median
from time import process_time

from PIL import Image

from faceplatform.conf import CapturePolicy
from faceplatform.engine.types import FrameAnalysis, Wants
from faceplatform.sessions.acceptance import frame_refusal

_PIXELS = 12_000_000
_POLICY = CapturePolicy(liveness="off")

_Measure = Callable[[bytes, int], FrameAnalysis]


@dataclass
class _Differences:
    """Differences between measurements of the same photographs."""

    cosines: list[float] = field(default_factory=list)
    decisions: int = 0

    def add(self, one: FrameAnalysis, other: FrameAnalysis) -> None:
        self.decisions += frame_refusal(one, _POLICY) != frame_refusal(other, _POLICY)
        first, second = (a.face.embedding if a.face else None for a in (one, other))
        if first is not None and second is not None:
            self.cosines.append(float(first @ second))

    def __str__(self) -> str:
        return (
            f"cosines {min(self.cosines):.4f} and more, median {median(self.cosines):.4f}; "
            f"{self.decisions} decisions differ"
        )


def main(folder: Path) -> None:
    from faceplatform.engine.decoding.decode import read
    from faceplatform.engine.decoding.reduction import at_full_scale, is_good_at_reduced_scale

    milliseconds: dict[int, list[float]] = {}
    measure = _build_measure(milliseconds)
    halved, saved = _Differences(), _Differences()
    paths = sorted(folder.rglob("*.jpg"))
    for path in paths:
        image, again = _enlarge(path)
        full, half = measure(image, 1), measure(image, 2)
        if is_good_at_reduced_scale(read(image), half):
            halved.add(full, at_full_scale(half, 2))
            saved.add(full, measure(again, 1))
    print(f"{len(paths)} photographs of {_PIXELS / 1e6:.0f} megapixels")
    print(f"{len(halved.cosines)} large faces at half the scale: {halved}")
    whole, half_scale = (median(milliseconds[reduction]) for reduction in (1, 2))
    print(f"processor time: {whole:.0f} ms in full, {half_scale:.0f} ms at half the scale")
    print(f"the same, saved once more in full: {saved}")


def _build_measure(milliseconds: dict[int, list[float]]) -> _Measure:
    """Return a function that measures an image at a scale and records its processor time."""
    from faceplatform.engine.decoding.decode import decode_frame, read
    from faceplatform.engine.local import LocalEngine

    engine = LocalEngine(lanes=1)

    def measure(image: bytes, reduction: int) -> FrameAnalysis:
        start = process_time()
        frame = decode_frame(read(image), digest="", reduction=reduction)
        analysis = engine.analyze(frame, wants=Wants())
        milliseconds.setdefault(reduction, []).append((process_time() - start) * 1000)
        return analysis

    return measure


def _enlarge(path: Path) -> tuple[bytes, bytes]:
    """Enlarge a photograph. Return it as a JPEG of quality 90 and one of quality 85."""
    with Image.open(path) as opened:
        photograph = opened.convert("RGB")
    factor = (_PIXELS / (photograph.width * photograph.height)) ** 0.5
    size = (round(photograph.width * factor), round(photograph.height * factor))
    large = photograph.resize(size, Image.Resampling.BICUBIC)
    first, second = BytesIO(), BytesIO()
    large.save(first, "JPEG", quality=90)
    large.save(second, "JPEG", quality=85)
    return first.getvalue(), second.getvalue()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    import django

    django.setup()
    main(Path(sys.argv[1]))
