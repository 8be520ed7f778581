"""Fixtures of all tests: a scripted engine, clients with tokens, images."""

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from audit import counting
from clients import credentials, tokens
from enrollment import gallery
from faceplatform import events
from faceplatform.engine import registry
from faceplatform.engine.testing import FakeEngine
from tests.stage import CALIBRATION, Api, Stage


@pytest.fixture(autouse=True)
def _fresh_process():
    """Clear everything that a process remembers, before each test."""
    cache.clear()
    gallery.forget_all()
    counting.forget()
    yield
    registry.set_engine(None)


@pytest.fixture
def stage(settings) -> Stage:
    """Install the scripted engine: the test decides what every frame shows."""
    settings.FACEPLATFORM_CALIBRATION_DIR = CALIBRATION
    stage = Stage()
    registry.set_engine(FakeEngine(stage.analyze))
    return stage


@pytest.fixture
def make_api(db):
    """Return a factory of clients, each with an API that carries its token."""

    def make(name: str = "acme", *, is_sandbox: bool = False, **policy) -> Api:
        issued = credentials.create_client(name, policy=policy, is_sandbox=is_sandbox)
        http = APIClient(raise_request_exception=False)
        access = tokens.issue_tokens(issued.credential)["access"]
        http.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
        return Api(http=http, client=issued.credential.client, issued=issued)

    return make


@pytest.fixture
def api(make_api) -> Api:
    return make_api()


@pytest.fixture
def other(make_api) -> Api:
    """Create a second client."""
    return make_api("globex")


@pytest.fixture
def heard():
    """Record the published events, in order."""
    yield from _published()


@pytest.fixture
def ended():
    """Record the events of sessions that end, in order."""
    yield from _published(events.SessionEnded)


def _published(kind: type[events.Event] | None = None):
    """Yield a list that receives the events of a kind, or all."""
    caught: list[events.Event] = []

    def receive(event, **_):
        caught.append(event)

    events.published.connect(receive, sender=kind)
    yield caught
    events.published.disconnect(receive, sender=kind)
