"""Settings of a server of the embedded default with a scripted engine: it needs no models."""

from faceplatform.settings.base import *  # noqa: F403  (as all settings do)
from faceplatform.settings.base import BASE_DIR

FACEPLATFORM_ENGINE = "fake"
FACEPLATFORM_CALIBRATION_DIR = BASE_DIR / "tests" / "calibration"
