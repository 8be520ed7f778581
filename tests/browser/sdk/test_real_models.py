"""The element before the real models: the browser's camera shows a film of a photograph."""

import json

import pytest
from django.conf import settings

from tests.browser.sdk.customer import Customer
from tests.browser.sdk.service import Service
from tests.browser.sdk.shop import open_shop
from tests.deployment.scripted import ScriptedServer

pytestmark = [pytest.mark.browser, pytest.mark.real_engine]


@pytest.fixture
def server(tmp_path):
    """A server with the local engine."""
    web = ScriptedServer(
        tmp_path,
        DJANGO_SETTINGS_MODULE="faceplatform.settings.base",
        FACEPLATFORM_MODELS_DIR=str(settings.FACEPLATFORM_MODELS_DIR),
    )
    web.migrate()
    try:
        web.start()
        yield web
    finally:
        web.kill()


@pytest.fixture
def shop(server):
    with open_shop(f"http://127.0.0.1:{server.port}") as origin:
        yield origin


@pytest.fixture
def service(server, shop):
    key = json.loads(server.manage("create_client", "shop", "--json"))
    return Service(f"http://127.0.0.1:{server.port}", key, allowed=[shop])


def test_a_person_is_recognized_and_another_is_not(camera, customer: Customer, service):
    try:
        camera.show("obama.jpg")
        customer.visit(service.open("enrollment", "barack"))
        customer.press("Start")
        customer.wait_for("completed", outcome="completed")
        customer.visit(service.open("verification", "barack"))
        customer.press("Start")
        customer.wait_for("completed", outcome="matched")
        fits = [frame["fit"] for frame in customer.told("frame")]
        assert min(fits) > 0.5  # the film shows the face where the oval is

        camera.show("biden.jpg")
        customer.visit(service.open("verification", "barack"))
        customer.press("Start")
        assert customer.wait_for("failed")["reason"] == "no_match"
    finally:
        camera.show("obama.jpg")
