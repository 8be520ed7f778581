"""Requests that cannot be parsed or found get the cause, and nothing of their body."""

import gzip
import json

import pytest
from django.test import Client
from django.urls import set_script_prefix

from tests.stage import anonymous, problem, upload
from tests.wsgi import served

pytestmark = pytest.mark.django_db
OPEN, FRAME = "/api/auth/enrollment/", "/api/auth/process-image/"
BODY = '{"user_id": "Zoë", "session_type": "api"}'
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"


def post(api, body: bytes, kind: str = JSON, path: str = OPEN, **headers):
    return api.http.generic("POST", path, body, kind, **headers)


def cause(answer) -> str:
    return str(problem(answer, 400, "malformed")["detail"])


def test_a_byte_order_mark_is_skipped(api, stage):
    assert post(api, b"\xef\xbb\xbf" + BODY.encode()).status_code == 201
    assert api.client.subjects.get().user_id == "Zoë"


def test_also_before_a_form(api, stage):
    body = f"\ufeffsession_token={api.enrollment_token()}&image=AAAA".encode()
    problem(post(api, body, FORM, FRAME), 400, "image_unreadable")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252"])
def test_another_encoding(api, encoding):
    assert cause(post(api, BODY.encode(encoding))) == "The body is not UTF-8 text"


def test_compressed_without_a_word(api):
    answer = post(api, gzip.compress(BODY.encode()))
    assert cause(answer) == "The body is compressed. Send it without compression."


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "x"])
@pytest.mark.parametrize(("path", "kind"), [(OPEN, JSON), (FRAME, FORM), (FRAME, MULTIPART)])
def test_a_content_encoding(api, path, kind, encoding):
    answer = post(api, b"{}", kind, path, HTTP_CONTENT_ENCODING=encoding)
    body = problem(answer, 415, "unsupported_media_type")
    assert "Content-Encoding" in body["detail"]
    assert answer["Accept-Encoding"] == "identity"


def test_the_encoding_that_is_none(api, stage):
    answer = post(api, BODY.encode(), HTTP_CONTENT_ENCODING="identity")
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"user_id": secret-word}', "The JSON is not valid at line 1, column 13"),
        (b'{"a": 1,\n"secret-word}', "The JSON is not valid at line 2, column 1"),
        (b" \n ", "The body is empty"),
        (b'{"a": NaN}', "The JSON holds a number out of range"),
        (b'{"a": 1e999}', "The JSON holds a number out of range"),
        (b'{"a": ' + b"9" * 5000 + b"}", "The JSON holds a number out of range"),
        (rb'{"a": "\ud800"}', "The JSON holds half of a surrogate pair"),
    ],
)
def test_json(api, body, told):
    answer = post(api, body)
    assert cause(answer) == told
    assert b"secret-word" not in answer.content


@pytest.mark.parametrize("kind", ["multipart/form-data", 'multipart/form-data; boundary=""'])
def test_a_form_without_a_boundary(api, kind):
    told = "The Content-Type of the form names no boundary"
    assert cause(post(api, b"--b\r\n", kind, FRAME)) == told


@pytest.mark.parametrize(
    "body",
    [
        b"--b\r\nContent-Disposition: form-data; name=image; filename=a\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nAAA\r\n--b--\r\n",
        b"--b\r\nContent-Disposition: form-data; name=" + b"a" * 2000 + b"\r\n\r\nx\r\n--b--\r\n",
    ],
)
def test_parts_that_are_none(api, body):
    assert cause(post(api, body, MULTIPART, FRAME)) == "The parts of the form cannot be read"


def test_too_many_files(api):
    files = {name: upload(b"x") for name in ("image", "frame_data", "image_base64")}
    answer = api.http.post(FRAME, files, format="multipart")
    assert cause(answer) == "The form has more than 2 files"


def test_too_many_fields_or_parameters(api):
    told = "The request has more than 50 fields or parameters"
    many = {f"field{number}": "x" for number in range(60)}
    assert cause(api.http.post(FRAME, many, format="multipart")) == told
    assert cause(api.http.get("/api/auth/enrollments/", many)) == told


def test_a_length_that_is_none(api):
    status, answer = served(
        "POST", OPEN, b"{}", JSON, CONTENT_LENGTH="-1", HTTP_AUTHORIZATION=api.authorization
    )
    assert (status, json.loads(answer)["code"]) == (400, "malformed")


# The host -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["10.0.0.7", "10.0.0.7:8000", "[2001:db8::1]", "evil.example", "a b"]
)
def test_health_answers_to_any_host(db, host):
    for path in ("/api/core/health/", "/api/core/ready/"):
        assert anonymous().get(path, HTTP_HOST=host).status_code in {200, 503}, path
    assert anonymous().get("/api/core/health/", HTTP_HOST=host).status_code == 200


def test_also_to_none(db):
    status, _ = served("GET", "/api/core/health/", b"", "", HTTP_HOST="", SERVER_NAME="10.0.0.7")
    assert status == 200


@pytest.mark.parametrize("path", ["/api/core/status/", "/api/core/health", "/", "/x"])
def test_elsewhere_the_host_must_be_allowed(db, path):
    answer = anonymous().get(path, HTTP_HOST="evil.example")
    body = problem(answer, 400, "host_not_allowed")
    assert "ALLOWED_HOSTS" in body["detail"]
    assert b"evil" not in answer.content


def test_in_the_admin_a_page_says_so(db):
    answer = anonymous().get("/admin/", HTTP_HOST="evil.example")
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("text/html")
    assert b"ALLOWED_HOSTS" in answer.content
    assert b"evil" not in answer.content


# The address --------------------------------------------------------------------------------


UNKNOWN = pytest.mark.parametrize(
    "path", ["/nothing", "/nothing/", "/api", "/x//y", "/.env", "/wp-login.php", "/%00", "/api/x/"]
)


@UNKNOWN
@pytest.mark.parametrize(
    ("accept", "methods"),
    [
        ("*/*", ("GET", "POST", "DELETE")),
        ("application/json", ("GET", "POST", "DELETE")),
        ("text/html", ("POST", "DELETE")),
    ],
)
def test_an_unknown_address(db, path, accept, methods):
    for method in methods:
        answer = anonymous().generic(method, path, HTTP_ACCEPT=accept)
        assert problem(answer, 404, "not_found")["detail"] == "There is no such address"


@UNKNOWN
def test_an_unknown_address_in_a_browser(db, path):
    answer = anonymous().get(path, HTTP_ACCEPT="text/html")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "<h1>There is no such address</h1>" in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/api/auth/process-image", "/api/auth/process-image/"),
        ("/api/core/auth/client", "/api/core/auth/client/"),
        ("//api/core/health/", "/api/core/health/"),
        ("/api//core/health", "/api/core/health/"),
        ("/api/auth/sessions/enr_secret", "/api/auth/sessions/{session_token}/"),
        ("/api/auth/process-image//", "/api/auth/process-image/"),
        ("/metrics/", "/metrics"),
        ("/admin", "/admin/"),
        ("/api/schema", "/api/schema/"),
    ],
)
def test_slashes_that_are_missing_or_too_many(db, path, meant):
    status, content = served("POST", path, b"", "")
    body = json.loads(content)
    assert (status, body["code"]) == (404, "not_found")
    assert body["detail"] == f"There is no such address; did you mean {meant}?"
    assert "secret" not in body["detail"]


@pytest.fixture
def below_faces(db, settings):
    settings.FORCE_SCRIPT_NAME = "/faces"
    set_script_prefix("/faces/")  # a server's WSGI handler does this
    yield
    set_script_prefix("/")


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/faces/api/core/health", "/faces/api/core/health/"),
        ("/faces//api/core/health/", "/faces/api/core/health/"),
        ("//faces/api/core/health/", "/faces/api/core/health/"),
        ("//faces//api/auth/sessions/enr_secret", "/faces/api/auth/sessions/{session_token}/"),
        ("/faces", "/faces/"),
        ("//faces", "/faces/"),
        ("//faces/", "/faces/"),
    ],
)
def test_below_a_prefix_the_address_has_it_too(below_faces, path, meant):
    answer = Client().get("/", PATH_INFO=path)  # as an address, "//faces" would be a host
    assert answer.status_code == 404
    detail = json.loads(answer.content)["detail"]
    assert detail == f"There is no such address; did you mean {meant}?"


@pytest.mark.parametrize(
    "path",
    ["/", "/facesapi/core/health/", "/faces/faces/api/core/health/", "/facesfaces", "/face/s/"],
)
def test_outside_of_the_prefix_no_address_is_near(below_faces, path):
    answer = Client().get("/", PATH_INFO=path)
    assert json.loads(answer.content)["detail"] == "There is no such address"


def test_an_address_of_the_admin_that_nobody_has_is_a_page(admin_client):
    answer = admin_client.get("/admin/nothing/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
