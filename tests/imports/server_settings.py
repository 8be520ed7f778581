"""Settings of a server of the embedded default, whose runner uses the same scripted engine."""

from tests.deployment.scripted_settings import *  # noqa: F403  (as all settings do)

FACEPLATFORM_ENGINE = "tests.imports.server_engine.PeopleEngine"
