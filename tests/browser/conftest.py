"""A real browser on a real server: pages as their readers see them."""

import json
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.visit import Visit
from tests.deployment.scripted import ScriptedServer
from tests.missing import missing

PASSWORD = "a password for tests"
# Debian's name, and other systems'.
NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without the second line the browser itself calls hosts of its maker.
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    "--use-fake-device-for-media-stream",  # a pattern instead of a camera
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


# Milliseconds: on a busy machine Swagger UI takes its time to draw.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="package")
def service(tmp_path_factory) -> Iterator[ScriptedServer]:
    """A server with an admin account, `root`, and a client, whose key and secret are in `key`.

    One older API is bound to the client, so that the page of their document exists.
    """
    web = ScriptedServer(
        tmp_path_factory.mktemp("service"),
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
        FACEPLATFORM_LEGACY_DIALECTS="003=acme",
        FACEPLATFORM_TRY_IT="true",
    )
    web.migrate()
    web.manage("collectstatic", "--no-input", "--verbosity", "0")
    account = ("--username", "root", "--email", "root@example.com")
    web.manage("createsuperuser", "--no-input", *account)
    (web.folder / "key").write_text(web.manage("create_client", "acme", "--json"))
    try:
        web.start()
        yield web
    finally:
        web.kill()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        missing("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, service) -> Iterator[Visit]:
    """One tab, isolated from others. The visit must end without a complaint."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{service.port}")
    visit = Visit(context.new_page())
    yield visit
    context.close()
    assert visit.complaints == []
    assert visit.elsewhere() == []


@pytest.fixture
def key(service) -> dict[str, str]:
    issued: dict[str, str] = json.loads((service.folder / "key").read_text())
    return issued
