"""Settings of a scripted server whose engine reads the colour of a picture."""

from tests.deployment.scripted_settings import *  # noqa: F403  (as all settings do)

FACEPLATFORM_ENGINE = "tests.browser.sdk.painted.PaintedEngine"
