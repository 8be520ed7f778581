"""The image of a frame: a file, base64 or a data URL, never an address to read from."""

import builtins
import socket
from pathlib import Path
from urllib.parse import urlencode

import pytest

from faceplatform.conf import MAX_IMAGE_BYTES
from tests.stage import as_base64, problem, upload

pytestmark = pytest.mark.django_db
URL = "/api/auth/process-image/"


@pytest.fixture
def token(api, stage):
    return api.enrollment_token()


@pytest.fixture
def post(api, token):
    def post(format="json", **fields):
        return api.http.post(URL, {"session_token": token, **fields}, format=format)

    return post


def counted(answer) -> None:
    assert answer.status_code == 200, answer.content
    assert answer.json()["frame_accepted"] is True


@pytest.mark.parametrize("name", ["image", "frame_data", "image_base64"])
class TestEachName:
    def test_a_file(self, post, stage, name):
        counted(post("multipart", **{name: upload(stage.frame())}))

    def test_base64_in_json(self, post, stage, name):
        counted(post(**{name: as_base64(stage.frame())}))

    def test_base64_in_a_form(self, post, stage, name):
        counted(post("multipart", **{name: as_base64(stage.frame())}))

    @pytest.mark.parametrize("head", ["image/png", "image/jpeg;charset=utf-8", "image/svg+xml"])
    def test_a_data_url(self, post, stage, name, head):
        """What it says of its type is not believed: content decides."""
        counted(post(**{name: f"data:{head};base64,{as_base64(stage.frame())}"}))


def test_base64_in_an_urlencoded_form(api, token, stage):
    body = urlencode({"session_token": token, "image": as_base64(stage.frame())})
    counted(api.http.post(URL, body, content_type="application/x-www-form-urlencoded"))


def test_base64_with_line_breaks(post, stage):
    text = as_base64(stage.frame())
    lines = "\r\n".join(text[i : i + 76] for i in range(0, len(text), 76))
    counted(post(image=f"  {lines}\n"))


def test_the_files_name_says_nothing(post, stage):
    counted(post("multipart", image=upload(stage.frame(), "../../etc/passwd.exe")))


def test_none_at_all(post):
    for format in ("json", "multipart"):
        errors = problem(post(format), 400, "validation_failed")["errors"]
        assert errors["image"][0]["code"] == "required"


def test_two_at_once(post, stage):
    text = as_base64(stage.frame())
    errors = problem(post(image=text, frame_data=text), 400, "validation_failed")["errors"]
    assert errors["image"][0]["code"] == "ambiguous"
    answer = post("multipart", image=upload(stage.frame()), image_base64=text)
    assert problem(answer, 400, "validation_failed")["errors"]["image"][0]["code"] == "ambiguous"


@pytest.mark.parametrize("value", [["a"], {"a": "b"}, 7, 1.5, True, [1, 2, 3], [], {}])
def test_what_is_no_text(post, value):
    errors = problem(post(image=value), 400, "validation_failed")["errors"]
    assert errors["image"][0]["code"] == "invalid"


def test_null(post):
    assert (
        problem(post(image=None), 400, "validation_failed")["errors"]["image"][0]["code"] == "null"
    )


@pytest.mark.parametrize("value", ["", "data:image/png;base64,", "   "])
def test_an_empty_picture(post, value):
    problem(post(image=value), 400, "image_empty")


def test_an_empty_file(post):
    answer = post("multipart", image=upload(b""))
    assert answer.status_code == 400
    assert answer.json()["code"] == "image_empty"


@pytest.mark.parametrize(
    "value",
    [
        "not base64!",
        "abc",  # a length that no base64 has
        "data:image/png;base64,@@@@",
        "data:text/html;base64,AAAA",
        "data:image/png,AAAA",
        "AAAA\x00AAAA",
        "ÄÖÜ=",
        "=AAA",
        "-_-_",  # the alphabet of URLs is another one
    ],
)
def test_not_base64(post, value):
    errors = problem(post(image=value), 400, "validation_failed")["errors"]
    assert errors["image"][0]["code"] == "image_encoding_invalid"


@pytest.mark.parametrize(
    "value",
    [
        "/etc/passwd",
        "file:///etc/passwd",
        "http://127.0.0.1:9/picture.png",
        "https://example.com/picture.png",
        "ftp://example.com/a",
        "//host/share",
        "{picture}",
        "data:image/png;base64,{picture}",
    ],
)
def test_an_address_is_refused_and_never_opened(post, stage, tmp_path, monkeypatch, value):
    picture = tmp_path / "picture.png"
    picture.write_bytes(stage.frame())
    opened = []
    really_open = builtins.open

    def watched_open(file, *args, **kwargs):
        opened.append(str(file))
        return really_open(file, *args, **kwargs)

    def no_network(*args, **kwargs):
        raise AssertionError("an address was called")

    monkeypatch.setattr(builtins, "open", watched_open)
    monkeypatch.setattr(Path, "read_bytes", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    answer = post(image=value.format(picture=picture))
    assert answer.status_code == 400
    assert answer.json()["code"] in {"validation_failed", "image_unreadable"}
    assert not [name for name in opened if "passwd" in name or str(picture) in name]


def test_bytes_that_are_no_picture(post):
    problem(post(image=as_base64(b"neither JPEG nor PNG")), 400, "image_unreadable")
    problem(post("multipart", image=upload(b"<svg/>")), 400, "image_format_unsupported")


def test_a_truncated_picture(post, stage):
    problem(post(image=as_base64(stage.frame()[:200])), 400, "image_truncated")


def test_a_text_that_is_no_picture_is_no_frame_of_the_session(api, post, token):
    problem(post(image="not base64!"), 400, "validation_failed")
    assert api.session(token).json()["frames_received"] == 0


def test_more_than_ten_megabytes(post):
    data = b"\x89PNG\r\n\x1a\n" + bytes(MAX_IMAGE_BYTES)
    problem(post("multipart", image=upload(data)), 413, "image_too_large")
    problem(post(image=as_base64(data)), 413, "image_too_large")
    problem(post(image=f"data:image/png;base64,{as_base64(data)}"), 413, "image_too_large")


def test_exactly_ten_megabytes_are_looked_at(post):
    data = bytes(MAX_IMAGE_BYTES)
    problem(post("multipart", image=upload(data)), 400, "image_unreadable")
    problem(post(image=as_base64(data)), 400, "image_unreadable")
