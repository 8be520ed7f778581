"""The engine of a server and its runner: tells people apart by their images, and can be held."""

from time import sleep

from django.conf import settings

from faceplatform.engine.testing import FakeEngine
from faceplatform.engine.types import Following, Measurement, Wants
from tests.imports.people import analyze

#: While a file of this name is in the data folder, nothing is measured.
HOLD = "hold"


class PeopleEngine(FakeEngine):
    def __init__(self) -> None:
        super().__init__(analyze)

    def measure(
        self, image: bytes, *, wants: Wants, following: Following | None = None
    ) -> Measurement:
        """Wait for as long as the engine is held, then measure."""
        while (settings.DATA_DIR / HOLD).exists():
            sleep(0.02)
        return super().measure(image, wants=wants, following=following)
