"""The image of a frame: a file, base64 or a data URL, never a URL to fetch."""

import builtins
import socket
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

import pytest
from PIL import Image

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
        """The declared type does not matter: the content decides."""
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


@pytest.mark.parametrize(
    "value", ["", "data:image/png;base64,", "   ", "data:,", "data:;base64,\n"]
)
def test_an_empty_picture(post, value):
    problem(post(image=value), 400, "image_empty")


def test_an_empty_file(post):
    answer = post("multipart", image=upload(b""))
    assert answer.status_code == 400
    assert answer.json()["code"] == "image_empty"


SPELLINGS = {
    "of URLs": lambda text: text.translate(str.maketrans("+/", "-_")),
    "unpadded": lambda text: text.rstrip("="),
    "of URLs, unpadded": lambda text: text.translate(str.maketrans("+/", "-_")).rstrip("="),
    "one padding too few": lambda text: text.removesuffix("="),
    "spaces for plus": lambda text: text.replace("+", " "),
    "lines by spaces": lambda text: " ".join(text[i : i + 64] for i in range(0, len(text), 64)),
    "blanks around": lambda text: f" \t{text}  \r\n",
    "lines": lambda text: "\n".join(text[i : i + 76] for i in range(0, len(text), 76)),
    "blanks before a data URL": lambda text: f"\n data:image/png;base64,{text}",
    "no media type": lambda text: f"data:;base64,{text}",
    "another media type": lambda text: f"data:application/octet-stream;base64,{text}",
    "parameters": lambda text: f'data:image/png;name="a b.png";charset=utf-8;base64,{text}',
    "upper case": lambda text: f"DATA:IMAGE/PNG;BASE64,{text}",
    "blanks in its head": lambda text: f"data: image/png ; base64 ,{text}",
    "a data URL in lines, for URLs": lambda text: (
        "data:image/png;base64,\n" + text.translate(str.maketrans("+/", "-_")).replace("A", "A\n")
    ),
}


@pytest.mark.parametrize("format", ["json", "multipart"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_what_can_mean_one_thing_is_taken(post, stage, spelling, format):
    """The lengths differ, because padding depends on them."""
    for rest in range(3):
        picture = stage.frame()
        padded = picture + b"\0" * ((rest - len(picture)) % 3)
        stage.show(padded, sample=rest + 50, person="alice")
        counted(post(format, image=SPELLINGS[spelling](as_base64(padded))))


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_its_text_uploaded_as_a_file(post, stage, spelling):
    """Python's requests sends this for `files={"image": text}`."""
    text = SPELLINGS[spelling](as_base64(stage.frame()))
    counted(post("multipart", image=upload(text.encode(), "image")))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"GIF89a" + bytes(100), "image_format_unsupported"),
        (b"<svg/>", "image_format_unsupported"),
        (b"no picture", "image_unreadable"),
        (b"a" * 20 + b"\xff", "image_unreadable"),
        (b"RIFF", "image_unreadable"),
    ],
)
def test_a_file_that_is_neither(post, content, code):
    problem(post("multipart", image=upload(content)), 400, code)


def test_line_breaks_are_no_part_of_the_limit(post):
    text = as_base64(bytes(MAX_IMAGE_BYTES))
    lines = "\r\n".join(text[i : i + 76] for i in range(0, len(text), 76))
    problem(post(image=lines), 400, "image_unreadable")


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ("not base64!", "The base64 has spaces"),
        ("notbase64!", "do not occur in base64"),
        ("abcde", "is cut off"),
        ("data:image/png;base64,@@@@", "do not occur in base64"),
        ("data:image/png,AAAA", "The data URL is not base64"),
        ("data:image/png;base64=1,AAAA", "The data URL is not base64"),
        ("data:image/png;base64", "no comma"),
        ("data:" + "a" * 300 + ";base64,AAAA", "no comma"),
        ("data:image/png;base64,%2B%2F", "percent-encoded"),
        ("AAAA\x00AAAA", "do not occur in base64"),
        ("ÄÖÜ=", "do not occur in base64"),
        ("=AAA", "continues after its padding"),
        ("AA==AA==", "continues after its padding"),
        ("http://127.0.0.1/a.png", "URLs are not fetched"),
        (" file:///etc/passwd", "URLs are not fetched"),
        ("AAAAA A", "its length does not show"),
    ],
)
def test_of_the_rest_the_cause_is_named(post, value, cause):
    errors = problem(post(image=value), 400, "validation_failed")["errors"]
    assert errors["image"][0]["code"] == "image_encoding_invalid"
    assert cause in errors["image"][0]["message"]


@pytest.mark.parametrize("value", ["abc", "-_-_", "data:text/html;base64,AAAA", "/etc/passwd"])
def test_base64_of_no_picture(post, value):
    problem(post(image=value), 400, "image_unreadable")


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


def parts(token: str, head: str, content: bytes, extra: str = "") -> tuple[bytes, str]:
    """Return a multipart form whose image has that Content-Disposition."""
    lines = [
        b"--b",
        b'Content-Disposition: form-data; name="session_token"',
        b"",
        token.encode(),
        b"--b",
        f"Content-Disposition: form-data; {head}".encode(),
        *([extra.encode()] if extra else []),
        b"",
        content,
        b"--b--",
        b"",
    ]
    return b"\r\n".join(lines), "multipart/form-data; boundary=b"


def black_bmp() -> bytes:
    """All of its bytes are ASCII."""
    buffer = BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "BMP", dpi=(72, 72))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "extra",
    [
        "",
        "Content-Type: image/jpeg",
        "Content-Type: application/octet-stream",
        "Content-Type: text/plain; charset=utf-8",
        "content-type: application/octet-stream\r\ncontent-transfer-encoding: binary",
    ],
)
@pytest.mark.parametrize("name", ["image", "frame_data", "image_base64"])
@pytest.mark.parametrize("head", ['name="{}"', 'name="{}"; filename=""'])
def test_a_part_without_a_filename_is_a_file_all_the_same(api, token, stage, head, name, extra):
    """Flutter and others send images like this: the bytes decide."""
    body, kind = parts(token, head.format(name), stage.frame(), extra)
    counted(api.http.generic("POST", URL, body, kind))
    body, kind = parts(token, head.format(name), as_base64(stage.frame()).encode(), extra)
    counted(api.http.generic("POST", URL, body, kind))


def test_also_where_all_its_bytes_are_ascii(api, token, stage):
    picture = black_bmp()
    assert picture.isascii()
    stage.show(picture, person="alice")
    body, kind = parts(token, 'name="image"', picture)
    counted(api.http.generic("POST", URL, body, kind))


def test_two_pictures_without_filenames(api, token, stage):
    once, kind = parts(token, 'name="image"', stage.frame())
    other, _ = parts(token, 'name="frame_data"', stage.frame())
    both = once.removesuffix(b"--b--\r\n") + other
    errors = problem(api.http.generic("POST", URL, both, kind), 400, "validation_failed")["errors"]
    assert errors["image"][0]["code"] == "ambiguous"


def test_bytes_that_are_no_text_are_no_token(api, stage):
    body, kind = parts("x", 'name="image"', stage.frame())
    body = body.replace(b"\r\nx\r\n", b"\r\n\xff\xfe\r\n")
    errors = problem(api.http.generic("POST", URL, body, kind), 400, "validation_failed")["errors"]
    assert errors["session_token"][0]["code"] == "invalid"


def test_names_and_texts_of_a_form_are_utf_8(api, token, stage):
    fields = {"session_token": "Zoë 🙂", "image": upload(stage.frame())}
    answer = api.http.post(URL, fields, format="multipart")
    problem(answer, 404, "session_not_found")


def test_spaces_for_plus_in_an_urlencoded_form(api, token, stage):
    """Some callers send base64 in a form without escaping it."""
    picture = stage.frame()
    assert "+" in as_base64(picture)
    body = f"session_token={token}&image={as_base64(picture)}"
    counted(api.http.post(URL, body, content_type="application/x-www-form-urlencoded"))


def test_the_same_picture_without_a_filename_is_the_same_request(api, token, stage):
    """An Idempotency-Key covers the content of the request, not its encoding."""
    api.also_send(HTTP_IDEMPOTENCY_KEY="once")
    body, kind = parts(token, 'name="image"', stage.frame())
    counted(api.http.generic("POST", URL, body, kind))
    again = api.http.generic("POST", URL, body, kind)
    assert again["Idempotency-Replayed"] == "true"
