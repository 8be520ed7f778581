"""Two recognition models, scripted: an image's pixels name its person, so that either model, in
any process, also recognizes an image that was kept and encoded again."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import numpy as np
from PIL import Image

from faceplatform.engine import testing as fake
from faceplatform.engine.testing import FakeEngine
from faceplatform.engine.types import Frame, FrameAnalysis, Wants
from faceplatform.matching.model import RecognitionModel

A = fake.MODEL
B = replace(A, name="fake-b")

_STEP = 8  # between the gray levels of two people: JPEG moves one by less than half of it
_BLOCK = 32  # pixels
#: A person whose face model B does not find.
UNSEEN = 31
#: Set in a separate process: it kills itself at this frame, as `kill -9` would.
DIES_AT = "TEST_DIES_AT_FRAME"


def image(person: int, sample: int) -> bytes:
    """Return an image of that person (0..31), unlike every other one; PNG."""
    values = np.random.default_rng([person, sample]).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    pixels = np.asarray(Image.fromarray(values).resize((128, 128), Image.Resampling.NEAREST)).copy()
    pixels[:_BLOCK, :_BLOCK] = person * _STEP
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


class TwoModelEngine(FakeEngine):
    """An engine of one of the two models.

    ``meanwhile`` is called while a frame is measured.
    """

    def __init__(self, model: RecognitionModel) -> None:
        super().__init__(self._look)
        self._model = model
        self.meanwhile: Callable[[], object] = lambda: None
        self.sees_as: dict[int, int] = {}  # people whom this model takes for another one

    @property
    def model(self) -> RecognitionModel:
        return self._model

    @staticmethod
    def person_in(frame: Frame) -> int:
        """Return the person whom the frame shows."""
        inside = frame.pixels[4 : _BLOCK - 4, 4 : _BLOCK - 4]
        return round(float(inside.mean()) / _STEP)

    def _look(self, frame: Frame, wants: Wants) -> FrameAnalysis:
        self.meanwhile()
        if len(self.calls) == int(os.environ.get(DIES_AT, "0")):
            os.kill(os.getpid(), signal.SIGKILL)
        person = self.person_in(frame)
        if person == UNSEEN and self._model == B:
            return replace(fake.analysis(faces=0), model=B)
        person = self.sees_as.get(person, person)
        sample = int.from_bytes(frame.fingerprint[:4])
        seen = fake.analysis(person=f"{self._model.name}: {person}", sample=sample)
        return replace(seen, model=self._model)


class EngineB(TwoModelEngine):
    """Model B for FACEPLATFORM_ENGINE, in separate processes."""

    def __init__(self) -> None:
        super().__init__(B)
