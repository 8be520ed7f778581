"""The look that a client gives its capture page."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from audit.models import AuditEntry
from capture import colours
from tests.capture.pages import redeem
from tests.stage import anonymous, as_base64, problem

pytestmark = pytest.mark.django_db
ADDRESS = "/api/clients/capture/"
COLORS = {"accent": "#0b5cad", "background": "#ffffff", "text": "#1a1a1a"}
PLAIN: dict[str, Any] = {
    "name": "",
    "logo_url": None,
    "theme": "auto",
    "colors": None,
    "texts": {},
    "notice": "",
    "allowed_parents": [],
    "return_origins": [],
}
SET: dict[str, Any] = {
    "name": "Acme Bank",
    "theme": "light",
    "colors": COLORS,
    "texts": {"fr": {"page_continue": "Revenir chez Acme"}},
    "notice": "Acme keeps no picture of you.",
    "allowed_parents": ["https://app.acme.example"],
    "return_origins": ["https://done.acme.example"],
}


def patch(api, **values):
    return api.http.patch(ADDRESS, values, format="json")


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 32), **options) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, "navy").save(buffer, kind, **options)
    return buffer.getvalue()


def test_a_look_is_read_changed_and_set_back(api):
    assert api.http.get(ADDRESS).json() == PLAIN
    assert patch(api, **SET).json() == PLAIN | SET
    assert patch(api, theme="dark").json() == PLAIN | SET | {"theme": "dark"}
    assert api.http.get(ADDRESS).json()["theme"] == "dark"
    replaced = api.http.put(ADDRESS, {"name": "Acme"}, format="json")
    assert replaced.json() == PLAIN | {"name": "Acme"}


def test_the_page_shows_it(api, stage):
    patch(api, **SET, logo=as_base64(picture()))
    wish = {"return_url": "https://done.acme.example/7"}
    page = redeem(api.open_enrollment("alice", capture_link=wish).json()["capture_url"]).json()
    logo = page["appearance"].pop("logo_url")
    assert logo.startswith("/capture/logos/")
    assert page["appearance"] == {"name": "Acme Bank", "colors": COLORS, "theme": "light"}
    assert page["texts"] == SET["texts"]
    assert page["notice"] == SET["notice"]
    assert page["parents"] == SET["allowed_parents"]


def test_each_client_has_its_own(api, other):
    patch(api, **SET)
    assert other.http.get(ADDRESS).json() == PLAIN


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_written_again_as_a_png(api, kind):
    sent = picture(kind, comment=b"by a person") if kind == "JPEG" else picture(kind)
    path = patch(api, logo=as_base64(sent)).json()["logo_url"]
    answer = anonymous().get(path)
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.content != sent
    image = Image.open(BytesIO(answer.content))
    assert (image.format, image.size) == ("PNG", (64, 32))
    assert b"by a person" not in answer.content


def test_a_logo_has_a_new_address_each_time_and_the_old_one_is_gone(api):
    first = patch(api, logo=as_base64(picture())).json()["logo_url"]
    second = patch(api, logo=as_base64(picture(size=(32, 32)))).json()["logo_url"]
    assert first != second
    assert anonymous().get(first).status_code == 404
    assert patch(api, logo=None).json()["logo_url"] is None
    assert anonymous().get(second).status_code == 404


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><script/></svg>'


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (SVG, 400, "image_format_unsupported"),
        (b"GIF89a" + b"\0" * 60, 400, "image_format_unsupported"),
        (picture("BMP"), 400, "image_format_unsupported"),
        (picture()[:-30], 400, "image_truncated"),
        (picture("BMP", size=(300, 200)), 413, "image_too_large"),
        (picture(size=(1001, 1000)), 413, "image_too_many_pixels"),
        (picture(size=(8, 8)), 400, "image_too_small"),
    ],
)
def test_other_files_are_no_logos(api, sent, status, code):
    answer = patch(api, logo=as_base64(sent))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert api.http.get(ADDRESS).json()["logo_url"] is None


@pytest.mark.parametrize(
    ("values", "member"),
    [
        ({"colors": COLORS | {"text": "#999999"}}, "colors.text"),
        ({"colors": COLORS | {"accent": "#ffff00"}}, "colors.accent"),
        ({"colors": COLORS | {"text": "red"}}, "colors.text"),
        ({"colors": {"accent": "#0b5cad"}}, "colors.background"),
        ({"theme": "blue"}, "theme"),
        ({"name": "x" * 81}, "name"),
        ({"name": "Acme\u202e"}, "name"),
        ({"notice": "x" * 601}, "notice"),
        ({"texts": {"fr": {"no_such_text": "x"}}}, "texts.fr"),
        ({"texts": {"xx": {}}}, "texts.xx"),
        ({"texts": {"fr": {"page_continue": "x" * 301}}}, "texts.fr.page_continue"),
        ({"texts": {"fr": "x"}}, "texts.fr"),
        ({"allowed_parents": ["*"]}, "allowed_parents.0"),
        ({"allowed_parents": ["https://acme.example/path"]}, "allowed_parents.0"),
        ({"return_origins": ["javascript:"]}, "return_origins.0"),
        ({"logo_url": "/x.png"}, "logo_url"),
        ({"logo": "not base64!"}, "logo"),
    ],
)
def test_values_that_are_refused(api, values, member):
    errors = problem(patch(api, **values), 400, "validation_failed")["errors"]
    assert member in errors
    assert api.http.get(ADDRESS).json() == PLAIN


def test_colours_are_compared_as_wcag_says():
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert colours.contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)


def test_a_change_is_recorded_and_the_same_again_is_not(api):
    for _ in range(2):
        patch(api, theme="dark")
    (entry,) = AuditEntry.objects.filter(action="capture_look.changed")
    assert '"theme":"dark"' in entry.changes.replace(" ", "")
