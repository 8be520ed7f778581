"""A browser with a camera, a shop that uses the SDK, and a service that reads painted pictures."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.program import open_browser
from tests.browser.sdk.customer import Customer
from tests.browser.sdk.film import Film
from tests.browser.sdk.service import Service
from tests.browser.sdk.shop import open_shop
from tests.deployment.scripted import ScriptedServer
from tests.stage import noise


@pytest.fixture(scope="package")
def camera(tmp_path_factory) -> Film:
    """The film that the browser's camera shows."""
    film = Film(tmp_path_factory.mktemp("camera") / "film.mjpeg")
    film.show("obama.jpg")
    return film


@pytest.fixture(scope="package")
def browser(camera: Film) -> Iterator[Browser]:
    """A browser whose camera shows a film. It asks before it gives a page the camera."""
    with open_browser(camera.file) as browser:
        yield browser


@pytest.fixture(scope="package")
def server(tmp_path_factory) -> Iterator[ScriptedServer]:
    web = ScriptedServer(
        tmp_path_factory.mktemp("painted"),
        DJANGO_SETTINGS_MODULE="tests.browser.sdk.painted_settings",
    )
    web.migrate()
    try:
        web.start()
        yield web
    finally:
        web.kill()


@pytest.fixture(scope="package")
def shop(server) -> Iterator[str]:
    """The origin of a page that may call the service."""
    with open_shop(f"http://127.0.0.1:{server.port}") as origin:
        yield origin


@pytest.fixture(scope="package")
def service(server, shop) -> Service:
    """The service as the shop's backend calls it."""
    # Every photograph shows Alice, whoever enrolls; and a busy machine takes its time.
    patience = {"challenge_step_seconds": 60, "challenge_max_faults": 5}
    policy = json.dumps({"duplicate_face": "allow", **patience})
    key = json.loads(server.manage("create_client", "shop", "--policy", policy, "--json"))
    return Service(f"http://127.0.0.1:{server.port}", key, allowed=[shop])


@pytest.fixture(scope="package")
def ada(service) -> str:
    """An enrolled user, with Alice's face."""
    service.enroll("ada", map(noise, (1, 2, 3)))
    return "ada"


@pytest.fixture
def context(browser, shop) -> Iterator[BrowserContext]:
    """A visitor's browser. The shop's page may use the camera."""
    context = browser.new_context()
    context.grant_permissions(["camera"], origin=shop)
    yield context
    context.close()


@pytest.fixture
def customer(context, shop) -> Iterator[Customer]:
    """A visitor of the shop's page, which must not complain."""
    customer = Customer(context.new_page(), shop)
    yield customer
    assert customer.complaints == []


@pytest.fixture
def painter(context) -> None:
    """Let a canvas stand for the camera of the visitor's pages."""
    context.add_init_script(path=Path(__file__).with_name("painter.js"))


@pytest.fixture
def screenshot() -> Callable[[Any, str], None]:
    """A function that keeps a picture of a page as a file of the run."""
    folder = Path("var/screenshots")
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page: Any, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png", full_page=True)

    return keep
