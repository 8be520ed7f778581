"""The four dialects bound to one client, anonymous calls allowed, as `make run` does."""

import pytest

from tests.legacy.caller import Caller

DIALECTS = ("000", "001", "003", "004")


@pytest.fixture
def bind(settings):
    """A function that binds all dialects to a client, open to all unless told otherwise."""

    def bound_to(client, *, anonymous: bool = True) -> None:
        settings.FACEPLATFORM_LEGACY_DIALECTS = dict.fromkeys(DIALECTS, client.name)
        settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset(DIALECTS if anonymous else ())
        settings.FACEPLATFORM_LEGACY_RESET = True
        settings.FACEPLATFORM_LEGACY_COOKIE_SECURE = False

    return bound_to


@pytest.fixture
def old(api, bind) -> Caller:
    """A caller of the older APIs without credentials; they serve the client of ``api``."""
    bind(api.client)
    return Caller()
