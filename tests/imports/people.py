"""Images that any process can tell apart: each shows the person whose number is in its pixels."""

from io import BytesIO

import numpy as np
from PIL import Image

from faceplatform.engine import testing as fake
from faceplatform.engine.types import Frame, FrameAnalysis, Wants


def image(person: int, sample: int) -> bytes:
    """Return an image of a person, 0..255, with a fingerprint of its own."""
    values = np.random.default_rng((person, sample)).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    pixels = np.asarray(Image.fromarray(values).resize((128, 128), Image.Resampling.NEAREST)).copy()
    pixels[0, 0] = (person, sample, 0)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def analyze(frame: Frame, _: Wants) -> FrameAnalysis:
    person, sample = (int(value) for value in frame.pixels[0, 0, :2])
    return fake.analysis(person=f"user-{person}", sample=sample)
