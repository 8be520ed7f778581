"""A real browser on a real server: pages as their readers see them."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.program import open_browser
from tests.browser.visit import Visit
from tests.deployment.scripted import ScriptedServer

PASSWORD = "a password for tests"
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
    with open_browser() as browser:
        yield browser


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
