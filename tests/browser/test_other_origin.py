"""A page of another origin posts a frame with a session token: only where its client allows it."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

import pytest

from tests.stage import noise

pytestmark = pytest.mark.browser

# Runs in the page. What the browser hides from it is `blocked`.
_POST = """async ([address, headers, image]) => {
    const form = new FormData();
    form.append("image", new Blob([Uint8Array.from(atob(image), c => c.charCodeAt(0))]), "f.png");
    try {
        const answer = await fetch(address, {method: "POST", headers, body: form});
        const id = answer.headers.get("X-Request-ID");
        return {status: answer.status, id, body: await answer.json()};
    } catch (error) {
        return {blocked: String(error)};
    }
}"""


# The same over a WebSocket: the first answer, and the code of the close if there is one.
_STREAM = """([address, token, image]) => new Promise((resolve) => {
    const stream = new WebSocket(address, ["faceplatform.frames", `token.${token}`]);
    let body = null;
    stream.onopen = () => stream.send(Uint8Array.from(atob(image), c => c.charCodeAt(0)));
    stream.onclose = (event) => resolve({body, closed: event.code});
    stream.onmessage = ({data}) => {
        body = JSON.parse(data);
        if (body.requires_more_frames) resolve({body, protocol: stream.protocol});
    };
})"""


class _EmptyPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>A shop</title>")

    def log_message(self, *_) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """Serve an empty page; its origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _EmptyPage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"  # another host than the service's 127.0.0.1
    server.shutdown()
    server.server_close()


def call(service, method, path, body=None, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    address = f"http://127.0.0.1:{service.port}{path}"
    with urlopen(Request(address, data, headers, method=method)) as answer:
        return json.load(answer)


@pytest.fixture
def access(service, key) -> str:
    pair = {name: key[name] for name in ("api_key", "api_secret")}
    return call(service, "POST", "/api/core/auth/client/", pair)["access"]


@pytest.fixture
def session(service, access) -> str:
    opening = {"user_id": "visitor", "session_type": "webcam"}
    return call(service, "POST", "/api/auth/enrollment/", opening, access)["session_token"]


@pytest.fixture
def page(browser, shop):
    """The shop's page."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(shop)
    yield page
    context.close()


@pytest.fixture
def stream(page, service):
    """A function that sends a frame over a WebSocket, as the page's script sees the answer."""

    def stream(token):
        image = base64.b64encode(noise(2)).decode()
        address = f"ws://127.0.0.1:{service.port}/api/auth/stream/"
        return page.evaluate(_STREAM, [address, token, image])

    return stream


@pytest.fixture
def post(page, service):
    """A function that posts a frame from the shop's page, as its script sees the answer."""

    def post(headers, path="/api/auth/sessions/current/frames/"):
        image = base64.b64encode(noise(1)).decode()
        return page.evaluate(_POST, [f"http://127.0.0.1:{service.port}{path}", headers, image])

    return post


def allow(service, *origins):
    service.manage(
        "shell",
        "-c",
        "from clients.models import Client; c = Client.objects.get(name='acme'); "
        f"c.allowed_origins = {list(origins)!r}; c.full_clean(); c.save()",
    )


def test_an_allowed_page_posts_and_reads_the_answer(service, shop, session, post, stream):
    allow(service, shop)
    streamed = stream(session)
    assert streamed["protocol"] == "faceplatform.frames"
    assert streamed["body"]["frame_accepted"] is True
    answer = post({"X-Session-Token": session})
    assert answer["status"] == 200
    assert answer["body"]["kind"] == "enrollment"
    assert answer["id"] == answer["body"]["request_id"]


def test_any_other_page_is_blocked(service, access, session, post, stream):
    allow(service, "https://shop.example.com")
    streamed = stream(session)
    assert (streamed["body"]["code"], streamed["closed"]) == ("origin_not_allowed", 1008)
    assert "blocked" in post({"X-Session-Token": session})
    opened = call(service, "GET", f"/api/auth/sessions/{session}/", token=access)
    assert opened["frames_received"] == 0


def test_the_clients_token_is_blocked_from_an_allowed_page(service, shop, access, post):
    allow(service, shop)
    answer = post({"Authorization": f"Bearer {access}"}, "/api/auth/process-image/")
    assert "blocked" in answer
