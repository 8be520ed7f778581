"""Serving below a path, directly and behind nginx and Caddy as configured in `deploy/`."""

import json
import re
import shutil
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urljoin

import pytest

from tests.deployment.proxies import Caddy, Nginx, Proxy
from tests.deployment.scripted import ScriptedServer
from tests.missing import missing
from tests.web.sockets import Socket

PASSWORD = "a password for tests"
PROXIES = {"nginx": Nginx, "caddy": Caddy}
PAGES = {"Accept": "text/html,*/*;q=0.8"}
JSON = {"Content-Type": "application/json"}
LONGEST = 15 * 1024 * 1024
Body = bytes | Iterable[bytes] | None  # an iterator is sent in chunks, without a length


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str

    def json(self):
        return json.loads(self.text)


class Way:
    """An address of the service: http to itself, or https to a proxy in front of it."""

    def __init__(self, scheme: str, port: int, context: ssl.SSLContext | None = None) -> None:
        self.origin = f"{scheme}://127.0.0.1:{port}"
        self._port, self._context = port, context

    def ask(self, method: str, path: str, body: Body = None, **headers: str) -> Answer:
        http = self._connect()
        try:
            http.request(method, path, body, headers)
            return _read(http.getresponse())
        finally:
            http.close()

    def page(self, path: str) -> Answer:
        return self.ask("GET", path, None, **PAGES)

    def stream(self, path: str, **headers: str | None) -> Socket:
        """Open a WebSocket."""
        return Socket(self._port, path=path, tls=self._context, **headers)

    def _connect(self) -> HTTPConnection:
        if self._context is None:
            return HTTPConnection("127.0.0.1", self._port, timeout=30)
        return HTTPSConnection("127.0.0.1", self._port, timeout=30, context=self._context)


def _read(response: HTTPResponse) -> Answer:
    return Answer(
        response.status, dict(response.getheaders()), response.read().decode(errors="replace")
    )


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[ScriptedServer]:
    """Start a server with a client, whose key and secret are in ``folder / "key"``."""
    web = ScriptedServer(folder, **environment)
    web.migrate()
    (folder / "key").write_text(web.manage("create_client", "acme", "--json"))
    try:
        yield web
    finally:
        web.kill()


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[ScriptedServer]:
    folder = tmp_path_factory.mktemp("service")
    with serving(
        folder, FACEPLATFORM_PATH_PREFIX="/faces", FACEPLATFORM_TRUSTED_PROXIES="1"
    ) as web:
        web.manage("collectstatic", "--no-input", "--verbosity", "0")
        web.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
        account = ("--username", "root", "--email", "root@example.com")
        web.manage("createsuperuser", "--no-input", *account)
        web.start()
        yield web


@pytest.fixture(scope="module", params=PROXIES)
def proxy(request, service, tmp_path_factory) -> Iterator[Proxy]:
    if shutil.which(request.param) is None:
        missing(f"{request.param} is not installed")
    proxy = PROXIES[request.param](tmp_path_factory.mktemp(request.param), service.port)
    try:
        proxy.start()
        yield proxy
    finally:
        proxy.kill()


def through(proxy: Proxy) -> Way:
    context = ssl.create_default_context(cafile=str(proxy.authority.path))
    return Way("https", proxy.port, context)


@pytest.fixture
def proxied(proxy) -> Way:
    return through(proxy)


@pytest.fixture
def direct(service) -> Way:
    return Way("http", service.port)


def addresses(page: Answer) -> set[str]:
    """Return the URLs on this host that a page links to or loads."""
    found = set(re.findall(r'(?:href|src|spec-url|action)="([^"]+)"', page.text))
    return {address for address in found if not address.startswith(("http", "data:", "#"))}


@pytest.mark.parametrize(
    "page",
    ["/faces/", "/faces/api/schema/swagger-ui/", "/faces/api/schema/redoc/", "/faces/admin/login/"],
)
def test_each_address_of_a_page_lies_below_the_prefix_and_is_there(proxied, page):
    answer = proxied.page(page)
    assert answer.status == 200
    found = {urljoin(page, address) for address in addresses(answer)}
    assert len(found) > 2
    for address in found:
        assert address.startswith("/faces/")
        assert proxied.page(address).status in (200, 302), address


def test_swagger_ui_reads_a_schema_that_names_the_prefix(proxied):
    script = proxied.page("/faces/api/schema/swagger-ui/?script=")
    assert '"/faces/api/schema/"' in script.text
    schema = proxied.ask("GET", "/faces/api/schema/", Accept="application/json").json()
    assert schema["servers"] == [{"url": "/faces"}]
    assert "/api/auth/process-image/" in schema["paths"]


def token_of(server: ScriptedServer, prefix: str = "") -> dict[str, str]:
    """Return the header with a client's token."""
    key = json.loads((server.folder / "key").read_text())
    pair = json.dumps({name: key[name] for name in ("api_key", "api_secret")}).encode()
    way = Way("http", server.port)
    tokens = way.ask("POST", f"{prefix}/api/core/auth/client/", pair, **JSON)
    return {"Authorization": f"Bearer {tokens.json()['access']}"}


def next_page(way: Way, prefix: str = "", **headers: str) -> str:
    """Return the path of a client's second enrollment."""
    for user in ("ada", "bob"):
        body = json.dumps({"user_id": user, "session_type": "webcam"}).encode()
        opened = way.ask("POST", f"{prefix}/api/auth/enrollment/", body, **JSON, **headers)
        assert opened.status == 201
    page = way.ask("GET", f"{prefix}/api/auth/enrollments/?page_size=1", None, **headers)
    return str(page.json()["next"])


@pytest.fixture
def token(service) -> dict[str, str]:
    return token_of(service, "/faces")


def test_a_call_and_its_next_page(proxied, token):
    address = next_page(proxied, "/faces", **token)
    assert address.startswith(f"{proxied.origin}/faces/api/auth/enrollments/?")
    assert proxied.ask("GET", address.removeprefix(proxied.origin), None, **token).status == 200


def test_signing_in_to_the_admin(proxied):
    refused = proxied.page("/faces/admin/clients/client/")
    assert refused.status == 302
    login = refused.headers["Location"]
    assert login == "/faces/admin/login/?next=/faces/admin/clients/client/"
    form = proxied.page(login)
    (csrf,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)
    cookies = SimpleCookie(form.headers["Set-Cookie"])
    assert cookies["csrftoken"]["path"] == "/faces/"
    fields = {
        "username": "root",
        "password": PASSWORD,
        "csrfmiddlewaretoken": csrf,
        "next": "/faces/admin/clients/client/",
    }
    signed_in = proxied.ask(
        "POST",
        login,
        urlencode(fields).encode(),
        **{
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"csrftoken={cookies['csrftoken'].value}",
            "Origin": proxied.origin,
        },
    )
    assert (signed_in.status, signed_in.headers["Location"]) == (
        302,
        "/faces/admin/clients/client/",
    )
    assert re.search(r"sessionid=\w+;.*Path=/faces/", signed_in.headers["Set-Cookie"])


@pytest.mark.parametrize("path", ["/", "/admin/", "/api/core/status/", "/facesadmin/", "/nothing"])
def test_what_is_not_below_the_prefix_is_not_there(proxied, direct, path):
    assert proxied.ask("GET", path).status == 404
    assert direct.ask("GET", path).status == 404


def test_the_prefix_counts_once(proxied, direct):
    """A path that the proxy refuses must not become reachable by repeating the prefix."""
    for way in (proxied, direct):
        assert way.page("/faces/faces/admin/").status == 404
        assert way.page("/faces/admin/").status == 302


def test_the_prefix_without_its_slash(proxied):
    answer = proxied.ask("GET", "/faces")
    assert answer.status == 301
    assert urljoin(f"{proxied.origin}/faces", answer.headers["Location"]) == (
        f"{proxied.origin}/faces/"
    )


def test_plain_http_is_sent_to_https(proxy):
    answer = Way("http", proxy.plain_port).ask("GET", "/faces/api/core/health/?a=1")
    assert answer.status in (301, 308)
    assert re.fullmatch(
        r"https://127\.0\.0\.1(:\d+)?/faces/api/core/health/\?a=1", answer.headers["Location"]
    )


@pytest.mark.parametrize("path", ["/api/core/health/", "/faces/api/core/health/"])
def test_machines_beside_it_need_no_prefix(direct, path):
    assert direct.ask("GET", path).json() == {"status": "ok"}


def test_the_errors_of_the_api_are_its_own_below_the_prefix(proxied):
    answer = proxied.ask("GET", "/faces/api/nothing/")
    assert (answer.status, answer.json()["code"]) == (404, "not_found")


def test_a_stream_goes_through(proxied):
    unknown = "token.enr_" + "x" * 30
    protocols = f"faceplatform.frames, {unknown}"
    with proxied.stream("/faces/api/auth/stream/", Sec_WebSocket_Protocol=protocols) as stream:
        assert stream.head.startswith(b"HTTP/1.1 101 ")
        assert stream.ping() == b"still there?"
        assert stream.frame(b"x" * 200_000)["code"] == "authentication_failed"
        assert stream.close_code() == 1008


@pytest.mark.parametrize("pieces", [1, 16])
def test_a_body_that_is_too_long_is_refused_in_the_form_of_the_api(proxied, token, pieces):
    body = b"x" * (LONGEST + 1) if pieces == 1 else [b"x" * 1024 * 1024] * pieces
    answer = proxied.ask("POST", "/faces/api/auth/process-image/", body, **JSON, **token)
    assert (answer.status, answer.json()["code"]) == (413, "request_too_large")
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("pieces", [1, 15])
def test_as_long_a_body_as_the_service_takes_reaches_it(proxied, token, pieces):
    body = b"x" * LONGEST if pieces == 1 else [b"x" * 1024 * 1024] * pieces
    answer = proxied.ask("POST", "/faces/api/auth/process-image/", body, **JSON, **token)
    assert (answer.status, answer.json()["code"]) == (400, "malformed")


def test_what_a_caller_says_of_itself_does_not_count(proxied):
    """Failures are counted by the address that the proxy saw, not by the one in the header."""
    pair = json.dumps({"api_key": "fpk_nobody", "api_secret": "wrong"}).encode()
    codes = []
    for number in range(12):
        headers = JSON | {"X-Forwarded-For": f"192.0.2.{number}"}
        answer = proxied.ask("POST", "/faces/api/core/auth/client/", pair, **headers)
        codes.append(answer.json()["code"])
    assert codes[-1] == "throttled"


LIES = {
    "SCRIPT_NAME": "/api",
    "PATH_INFO": "/admin/",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Ssl": "on",
    "X-Forwarded-Host": "evil.example.com",
    "Forwarded": "host=evil.example.com;proto=https",
}


def test_no_header_tells_a_server_about_itself(tmp_path):
    """On loopback, gunicorn takes path and scheme from any caller's headers."""
    with serving(tmp_path) as web:
        web.start()
        way, token = Way("http", web.port), token_of(web)
        for lie in LIES.items():
            address = next_page(way, **token, **dict([lie]))
            assert address.startswith(f"{way.origin}/api/auth/enrollments/?"), lie


def test_a_service_that_is_away(tmp_path, proxy):
    kind = type(proxy)
    alone = kind(tmp_path, 9)  # the port "discard", on which nothing listens
    try:
        alone.start()
        answer = through(alone).ask("GET", "/faces/api/core/health/")
    finally:
        alone.kill()
    assert (answer.status, answer.json()["code"]) == (503, "service_unavailable")
    assert answer.headers["Retry-After"] == "2"
