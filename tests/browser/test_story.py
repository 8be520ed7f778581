"""An operator's day: from signing in with a code to a resolved alert, each screen looked at."""

import json
import re
from base64 import b32decode
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from django_otp.oath import TOTP
from playwright.sync_api import Page, expect

from tests.browser import accessibility
from tests.browser.conftest import PASSWORD
from tests.browser.swagger import authorize, opened
from tests.browser.visit import Visit
from tests.deployment.scripted import ScriptedServer
from tests.stage import as_base64, noise

pytestmark = pytest.mark.browser
SWAGGER = "/api/schema/swagger-ui/"
REFRESH = "/api/core/auth/token/refresh/"
SCREENSHOTS = Path(settings.DATA_DIR) / "screenshots"


@pytest.fixture
def operator(service) -> str:
    """Return the name of an account that may do everything, and has no second factor yet."""
    service.manage(
        *("createsuperuser", "--no-input", "--username", "ada", "--email", "ada@example.com")
    )
    return "ada"


class Screens:
    """Looks at a screen in light and dark: a picture is kept, and axe-core's findings."""

    def __init__(self, visit: Visit) -> None:
        self._visit, self._page = visit, visit.page
        self.findings: list[str] = []
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def look(self, name: str, within: str = "html") -> None:
        """Look at a screen, or at a part of it, given by a selector."""
        for scheme in ("light", "dark"):
            self._page.emulate_media(color_scheme=scheme)
            self._page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}.png")
            complaints = list(self._visit.complaints)
            found = accessibility.findings(self._page, within)
            self._visit.complaints = complaints  # axe-core tries styles that the CSP refuses
            self.findings += [f"{name}, {scheme}: {each}" for each in found]
        self._page.emulate_media(color_scheme="light")


def sign_in(page: Page, name: str, code: str = "") -> None:
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code of your authenticator").fill(code)
    page.get_by_role("button", name="Log in").click()


def set_up_second_factor(page: Page, screens: Screens) -> TOTP:
    """Set the second factor up; return the authenticator."""
    page.get_by_role("link", name="Second factor").click()
    screens.look("second-factor")
    totp = TOTP(b32decode(page.locator("#key").inner_text()))
    page.get_by_label("Code:", exact=True).fill(f"{totp.token():06}")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_text("Your second factor is set up.")).to_be_visible()
    totp.drift = 1  # that code was used, and the next one is accepted already
    return totp


def create_client(page: Page, name: str, screens: Screens) -> dict[str, str]:
    """Create a client; return its key and secret, which this page alone shows."""
    page.get_by_role("row", name="Clients").get_by_role("link", name="Clients").click()
    page.get_by_role("link", name="Add client").first.click()
    page.get_by_label("Name:", exact=True).fill(name)
    screens.look("new-client")
    page.get_by_role("button", name="Save", exact=True).click()
    screens.look("secret")
    return {"api_key": copied(page, "Copy the key"), "api_secret": copied(page, "Copy the secret")}


def copied(page: Page, button: str) -> str:
    """Press a button that copies; return what is in the clipboard then."""
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("status")).to_contain_text("copied", ignore_case=True)
    return str(page.evaluate("navigator.clipboard.readText()"))


def execute(page: Page, operation: str, body: dict[str, Any]) -> Any:
    """Run an operation in Swagger UI, which shows a success; return the body of the answer."""
    form = opened(page, operation)
    form.locator("textarea").fill(json.dumps(body))
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        form.get_by_role("button", name="Execute").click()
    shown = form.locator(".live-responses-table .response-col_status").last
    expect(shown).to_contain_text(re.compile("20[01]"))
    return answer.value.json()


def post(
    service: ScriptedServer, path: str, body: dict[str, Any], **headers: str
) -> tuple[int, Any]:
    """Call the API as the client's server does; return status and body."""
    headers["Content-Type"] = "application/json"
    address = f"http://127.0.0.1:{service.port}{path}"
    request = Request(address, json.dumps(body).encode(), headers)
    try:
        with urlopen(request) as answer:  # noqa: S310  (of the test's own server)
            return answer.status, json.load(answer)
    except HTTPError as refused:
        return refused.code, json.load(refused)


def enroll(service: ScriptedServer, session_token: str, access: str) -> None:
    """Post two good frames to an enrollment that wants as many."""
    bearer = {"Authorization": f"Bearer {access}"}
    for number in (1, 2):
        frame = {"session_token": session_token, "image": as_base64(noise(number))}
        status, answer = post(service, "/api/auth/process-image/", frame, **bearer)
        assert (status, answer["enrollment_complete"]) == (200, number == 2)


def steal(service: ScriptedServer, refresh: str) -> None:
    """Use a refresh token twice, as its owner and a thief do: that raises an alert."""
    statuses = [post(service, REFRESH, {"refresh": refresh})[0] for _ in range(2)]
    assert statuses == [200, 401]


def resolve_alert(page: Page) -> None:
    page.get_by_role("row", name="refresh_token_reused").get_by_role("link").first.click()
    page.get_by_label("Note:").fill("A test of ours.")
    page.get_by_role("button", name="Resolve the alert").click()
    expect(page.get_by_text("The alert is resolved.")).to_be_visible()
    expect(page.get_by_text("A test of ours.")).to_be_visible()


def test_an_operators_day(visit, service, operator):
    page, screens = visit.page, Screens(visit)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.open("/admin/")
    sign_in(page, operator)
    totp = set_up_second_factor(page, screens)
    page.get_by_role("button", name="Log out").click()
    visit.open("/admin/")
    sign_in(page, operator)
    expect(page.get_by_text("Please enter the correct")).to_be_visible()
    screens.look("sign-in")
    sign_in(page, operator, f"{totp.token():06}")

    pair = create_client(page, "shop", screens)
    visit.open(SWAGGER)
    _, tokens = post(service, "/api/core/auth/client/", pair)
    authorize(page, tokens["access"])
    body = {"user_id": "grace", "session_type": "webcam", "target_samples": 2}
    session = execute(page, "enrollment_open", body)
    enroll(service, session["session_token"], tokens["access"])
    screens.look("swagger-ui", "[id$=-enrollment_open]")  # of hundreds of operations
    steal(service, tokens["refresh"])

    service.manage("expire_sessions")  # and what else runs each minute: it adds up figures
    visit.open("/admin/")
    expect(page.get_by_role("listitem").filter(has_text="of shop")).to_be_visible()
    screens.look("index")
    page.get_by_role("link", name="Open alerts: 1").click()
    resolve_alert(page)
    screens.look("alerts")
    assert screens.findings == []
