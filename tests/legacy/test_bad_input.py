"""Bad input in every field of every dialect: an answer in its shape, no 500, no HTML."""

import json
from urllib.parse import urlencode

import pytest

from tests import pictures
from tests.legacy.caller import FORM, Caller, told
from tests.legacy.cast import TEXT, TEXT_AS_VIDEO
from tests.stage import Stage, noise

pytestmark = pytest.mark.django_db

PICTURE = noise(1)
BAD_NAMES = {
    "absent": None,
    "empty": "",
    "300 characters": "x" * 300,
    "control character": "a\x01b",
    "a null": "a\x00b",
    "a line break": "a\nb",
}
BAD_FILES = {
    "absent": None,
    "empty": b"",
    "300 characters": b"x" * 300,
    "control characters": bytes(range(32)),
    "not an image": TEXT,
    "truncated image": pictures.to_jpeg(pictures.noise(400, 400))[:5000],
    "truncated png": PICTURE[: len(PICTURE) // 2],
    "text as video": TEXT_AS_VIDEO,
    "text as matroska": b"\x1a\x45\xdf\xa3" + TEXT,
    "text as avi": b"RIFF\x00\x00\x00\x00AVI LIST" + TEXT,
    "an animation": b"GIF89a" + bytes(100),
    "a tiny image": pictures.to_png(pictures.plain(8, 8)),
    "20 MB": bytes(20 * 1024 * 1024),
    "a text field": "not a file",
}

# (address, where the names go, names, name of the file, keys of a refusal, statuses it may have)
OPERATIONS = {
    "000 enroll": (
        "POST /api/enroll",
        "query",
        ["username"],
        "cin_file",
        {"trained", "EnrollStatus", "DecisionReason"},
        {200},
    ),
    "000 authentificate": (
        "POST /api/authentificate",
        "query",
        ["username"],
        "auth_video",
        {"score", "Decision", "DecisionReason"},
        {200},
    ),
    "001 register": (
        "POST /api/register/",
        "headers",
        ["username", "galleryname"],
        "image",
        {"status", "message"},
        {200},
    ),
    "001 verify": (
        "POST /api/verify",
        "headers",
        ["galleryname"],
        "image",
        {"status", "message"},
        {200},
    ),
    "001 remove": (
        "POST /api/remove",
        "headers",
        ["username", "galleryname"],
        "image",
        {"status", "message"},
        {200},
    ),
    "003 register": ("POST /register/", "form", ["id"], "image", {"error"}, {400}),
    "003 verify": ("POST /verify/", "form", ["id"], "image", {"error", "verified"}, {400}),
    "003 delete": ("DELETE /register/", "form", ["id"], None, {"error"}, {400, 404}),
}
GOOD = {"username": "Ada", "galleryname": "staff", "id": "ada"}


def send(caller: Caller, do: str, where: str, names: dict, file: tuple | None):
    names = {name: value for name, value in names.items() if value is not None}
    form, headers = None, None
    if where == "query":
        do = f"{do}?{urlencode(names)}"
    elif where == "headers":
        headers = names
    else:
        form = names
    files = None
    if file is not None and file[1] is not None:
        name, content = file
        if isinstance(content, str):
            form = {**(form or {}), name: content}
        else:
            files = {name: content}
    return caller.call(do, form=form, files=files, headers=headers)


def refused(answer, keys: set[str], statuses: set[int]):
    body = told(answer)
    assert answer.status_code in statuses, body
    assert set(body) == keys
    assert body.get("EnrollStatus", "REJECTED") == "REJECTED"
    assert body.get("Decision", "REJECTED") == "REJECTED"
    assert body.get("status", False) is False
    assert body.get("verified", False) is False
    return body


BAD_NAME_CASES = [
    pytest.param(operation, name, value, id=f"{title}: {name}: {kind}")
    for title, operation in OPERATIONS.items()
    for name in operation[2]
    for kind, value in BAD_NAMES.items()
    # A header holds no line break: the server refuses it; verify's gallery may be absent.
    if not (operation[1] == "headers" and kind == "a line break")
    and not (title == "001 verify" and kind == "absent")
]


@pytest.mark.parametrize(("operation", "name", "value"), BAD_NAME_CASES)
def test_names(old, stage: Stage, operation, name, value):
    do, where, names, file, keys, statuses = operation
    given = {other: GOOD[other] for other in names} | {name: value}
    upload = (file, stage.frame()) if file else None
    refused(send(old, do, where, given, upload), keys, statuses)


BAD_FILE_CASES = [
    pytest.param(operation, content, id=f"{title}: {kind}")
    for title, operation in OPERATIONS.items()
    if operation[3] is not None
    for kind, content in BAD_FILES.items()
]


@pytest.mark.parametrize(("operation", "content"), BAD_FILE_CASES)
def test_files(old, stage: Stage, operation, content):
    do, where, names, file, keys, statuses = operation
    # For a known user, so that the file is looked at.
    if do in {"POST /api/authentificate", "POST /verify/"}:
        name, user = names[0], "known"
        old.call("POST /register/", form={"id": user}, files={"image": stage.frame("known")})
        given = {name: user}
    else:
        given = {name: GOOD[name] for name in names}
    refused(send(old, do, where, given, (file, content)), keys, statuses)


@pytest.mark.parametrize("title", OPERATIONS)
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"not json", "application/json"),
        (b"\xff\xfe\x00", "text/plain"),
        (b"--broken", "multipart/form-data; boundary=other"),
        (b"--broken", "multipart/form-data"),
        (b"", "multipart/form-data; boundary=x"),
        (b"%ff%fe=%00&=&&&", FORM),
        (b"a=" + b"x" * 1000, f"{FORM}; charset=utf-99"),
        (b"&".join(b"f%d=1" % i for i in range(200)), FORM),
        (bytes(20 * 1024 * 1024), FORM),
        (bytes(20 * 1024 * 1024), "application/octet-stream"),
    ],
)
def test_bodies(old, stage: Stage, title, body, content_type):
    do, where, names, _, keys, statuses = OPERATIONS[title]
    method, _, path = do.partition(" ")
    given = {name: GOOD[name] for name in names}
    if where == "query":
        path = f"{path}?username=Ada"
    headers = given if where == "headers" else {}
    answer = old.http.generic(method, path, body, content_type, headers=headers)
    refused(answer, keys, statuses)


BAD_TEXTS = [None, "", " " * 300, "x" * 300, "a\x00b\x01cd", 5, 1.5, True, ["a"], {"a": "b"}]


@pytest.mark.parametrize("value", BAD_TEXTS, ids=repr)
@pytest.mark.parametrize("name", ["fullname", "username", "password"])
@pytest.mark.parametrize("address", ["/auth/register", "/auth/login"])
def test_accounts_fields(old, address, name, value):
    account = {"fullname": "Ada Lovelace", "username": "lovelace", "password": "engine-1843"}
    answer = old.call(f"POST {address}", json_body=account | {name: value})
    body = told(answer)
    assert answer.status_code == 400
    assert body == {"status_code": 400, "message": body["message"]}
    assert answer.cookies == {}


@pytest.mark.parametrize("address", ["/auth/register", "/auth/login"])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", ""),
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"null", "application/json"),
        (b"[]", "application/json"),
        (b'"text"', "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"username": "\\ud800", "password": "\\ud800", "fullname": "x"}', "application/json"),
        (json.dumps({"a": "x" * 20_000_000}).encode(), "application/json"),
        (b"text", "text/plain"),
        (b"--broken", "multipart/form-data"),
    ],
)
def test_accounts_bodies(old, address, body, content_type):
    answer = old.http.generic("POST", address, body, content_type)
    assert answer.status_code == 400
    assert set(told(answer)) == {"status_code", "message"}


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "x" * 300, "a:b:c", "e30:1:2", "\x01", "ImEi:1xVzgl:forged", "é", "x" * 20_000],
)
@pytest.mark.parametrize(
    ("do", "status"),
    [("GET /home", 401), ("DELETE /auth/logout", 200), ("DELETE /user/delete", 400)],
)
def test_accounts_cookies(old, do, status, cookie):
    method, path = do.split()
    answer = old.http.generic(method, path, headers={"Cookie": f"X-LIVENESS-TOKEN={cookie}"})
    assert answer.status_code == status
    assert set(told(answer)) == {"status_code", "message"}


@pytest.mark.parametrize("accept", ["text/html", "image/png", "nonsense", "*/*;q=0", ""])
def test_whatever_is_accepted_the_answer_is_json(old, accept):
    answer = old.call("POST /api/enroll", headers={"Accept": accept})
    assert told(answer)["EnrollStatus"] == "REJECTED"
