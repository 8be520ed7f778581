"""Swagger UI: forms that send what they show, and an authorization that outlives a reload."""

import json
import re
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from tests.browser.swagger import authorize, opened
from tests.stage import noise

pytestmark = pytest.mark.browser
SWAGGER = "/api/schema/swagger-ui/"
LEGACY = "/api/schema/legacy/swagger-ui/"


@pytest.fixture
def swagger(visit):
    visit.open(SWAGGER)
    return visit.page


@pytest.fixture
def token(service, key) -> str:
    pair = {name: key[name] for name in ("api_key", "api_secret")}
    request = Request(
        f"http://127.0.0.1:{service.port}/api/core/auth/client/",
        json.dumps(pair).encode(),
        {"Content-Type": "application/json"},
    )
    with urlopen(request) as answer:  # noqa: S310  (of the test's own server)
        return str(json.load(answer)["access"])


@pytest.mark.parametrize(
    ("address", "count", "sources"),
    [
        (SWAGGER, 2, ["/api/core/auth/client/", "/api/auth/enrollment/"]),
        (LEGACY, 3, ["/api/core/auth/client/", "create_client", "create_client"]),
    ],
)
def test_where_each_token_comes_from(visit, address, count, sources):
    visit.open(address)
    visit.page.get_by_role("button", name="Authorize", exact=True).first.click()
    schemes = visit.page.locator(".auth-container")
    expect(schemes).to_have_count(count)
    texts = "\n".join(schemes.all_inner_texts())
    for source in sources:
        assert source in texts


def test_a_frames_form(swagger):
    form = opened(swagger, "process_image")
    boxes = form.locator(".parameter__empty_value_toggle input")
    # The token of the session, the number, and of image and video the one that is not sent.
    assert boxes.count() == 4
    for box in boxes.all():
        expect(box).not_to_be_checked()
    values = [each.input_value() for each in form.locator("input[type=text]").all()]
    assert "1" in values  # the number of the frame
    assert "2147483647" not in form.inner_text()
    assert "2147483647" not in values


def test_a_frame_as_the_form_sends_it(swagger, visit):
    """Only the filled-in fields and the number are sent."""
    form = opened(swagger, "process_image")
    picture = {"name": "frame.png", "mimeType": "image/png", "buffer": noise(1)}
    form.locator("input[type=file]").first.set_input_files(picture)
    form.get_by_role("button", name="Execute").click()
    call = form.locator(".curl-command pre").inner_text()
    assert set(re.findall(r"-F '(\w+)=", call)) == {"image", "frame_number"}
    expect(form.locator(".live-responses-table")).to_contain_text("not_authenticated")
    assert "401" in visit.complaints.pop()


def test_an_authorization_outlives_a_reload_but_not_the_tab(swagger, visit, token):
    authorize(swagger, token)
    visit.open(SWAGGER)
    form = opened(swagger, "enrollment_list")
    with swagger.expect_response("**/api/auth/enrollments/**") as answer:
        form.get_by_role("button", name="Execute").click()
    assert answer.value.status == 200
    assert swagger.evaluate("localStorage.length") == 0
    other = swagger.context.new_page()
    other.goto(SWAGGER, wait_until="networkidle")
    assert other.evaluate("sessionStorage.length") == 0
