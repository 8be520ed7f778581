"""The capture page in a browser whose camera shows a film, on a server with the real models."""

import json
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from tests.browser.program import open_browser
from tests.browser.sdk.film import Film
from tests.capture.browser.backend import Backend
from tests.capture.browser.visitor import Visitor
from tests.deployment.scripted import ScriptedServer


@pytest.fixture(scope="package")
def film(tmp_path_factory) -> Film:
    """The film that the browser's camera shows."""
    film = Film(tmp_path_factory.mktemp("camera") / "film.mjpeg")
    film.show("obama.jpg")
    return film


@pytest.fixture
def put(film) -> Callable[[str], None]:
    """A function that puts the person of a photograph before the camera."""
    return film.show


@pytest.fixture(scope="package")
def browser(film) -> Iterator[Browser]:
    """A browser with a camera. It gives it to the pages that a test names."""
    with open_browser(film.file) as browser:
        yield browser


@pytest.fixture(scope="package")
def server(tmp_path_factory) -> Iterator[ScriptedServer]:
    """A server of the embedded default, with its real engine."""
    web = ScriptedServer(
        tmp_path_factory.mktemp("faces"),
        DJANGO_SETTINGS_MODULE="faceplatform.settings.base",
        FACEPLATFORM_MODELS_DIR=str(settings.FACEPLATFORM_MODELS_DIR),
    )
    web.migrate()
    web.manage("collectstatic", "--no-input", "--verbosity", "0")
    try:
        web.start()
        yield web
    finally:
        web.kill()


@pytest.fixture(scope="package")
def new_backend(server) -> Callable[[str], Backend]:
    """A function that makes a client; return its backend."""

    def make(name: str) -> Backend:
        key = json.loads(server.manage("create_client", name, "--json"))
        return Backend(f"http://127.0.0.1:{server.port}", key, allowed=["https://app.example"])

    return make


@pytest.fixture
def visitors(browser, server) -> Iterator[Callable[..., Visitor]]:
    """A function that gives somebody a browser of their own, whose page must not complain."""
    found = []

    def come(*, has_camera: bool = True, **context) -> Visitor:
        visitor = Visitor(browser.new_context(**context))
        if has_camera:
            origin = f"http://127.0.0.1:{server.port}"
            visitor.context.grant_permissions(["camera"], origin=origin)
        found.append(visitor)
        return visitor

    yield come
    for visitor in found:
        visitor.context.close()
    assert [each for visitor in found for each in visitor.complaints] == []
    assert [each for visitor in found for each in visitor.elsewhere()] == []
