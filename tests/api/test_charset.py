"""Text is UTF-8. A body in another charset is refused before it is decoded."""

import json
from itertools import product

import pytest

from legacy.models import LegacyAccount
from tests.legacy.caller import Caller
from tests.legacy.conftest import DIALECTS
from tests.wsgi import served

pytestmark = pytest.mark.django_db

FOREIGN = [
    "rot13",  # a codec of Python that does not produce text
    "punycode",
    "undefined",
    "idna",
    "utf-7",
    "utf-16",
    "unicode_escape",
    "nonsense",
    "\x80",
]
KINDS = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
OTHERS = [
    "/api/enroll?username=a",
    "/register/",
    "/verify/",
    "/auth/login",
    "/admin/login/?next=a",
    "/?a=%ff",
]
EACH = pytest.mark.parametrize("charset", FOREIGN)


@EACH
@pytest.mark.parametrize("kind", KINDS)
def test_a_body_in_another_charset_is_refused(api, kind, charset):
    status, content = served(
        "POST",
        "/api/auth/process-image/",
        b"a=%ff&b={\x80}",
        f"{kind}; charset={charset}",
        HTTP_AUTHORIZATION=api.authorization,
    )
    assert (status, json.loads(content)["code"]) == (415, "unsupported_media_type")


@EACH
def test_an_address_is_utf_8_whatever_is_declared(api, stage, charset):
    api.open_enrollment("Zoë")
    status, content = served(
        "GET",
        "/api/auth/enrollments/?user_id=Zo%C3%AB",
        b"",
        f"text/plain; charset={charset}",
        HTTP_AUTHORIZATION=api.authorization,
    )
    assert status == 200
    assert [each["user_id"] for each in json.loads(content)["results"]] == ["Zoë"]


@EACH
def test_whoever_is_asked(api, settings, charset):
    """The older APIs answer in their own shapes, the admin with its pages."""
    settings.FACEPLATFORM_LEGACY_DIALECTS = dict.fromkeys(DIALECTS, api.client.name)
    settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset(DIALECTS)
    for kind, address, method in product(KINDS, OTHERS, ("GET", "POST", "DELETE")):
        declared = f"{kind}; charset={charset}"
        status, _ = served(method, address, b"a=%ff&b={\x80}", declared)
        assert status < 500, (kind, address, method)


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8", '"utf-8"'])
def test_utf_8_by_all_its_names(api, stage, charset):
    answer = api.http.generic(
        "POST",
        "/api/auth/enrollment/",
        '{"user_id": "Zoë", "session_type": "api"}'.encode(),
        f"application/json; charset={charset}",
    )
    assert answer.status_code == 201
    assert api.client.subjects.get().user_id == "Zoë"


def test_a_form_of_an_older_system_in_latin_1(api, settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"004": api.client.name}
    settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset({"004"})
    form = "application/x-www-form-urlencoded; charset=ISO-8859-1"
    body = b"fullname=Zo%EB+Doe&username=zoe-doe&password=engine"
    assert Caller().http.generic("POST", "/auth/register", body, form).status_code == 201
    assert LegacyAccount.objects.get().fullname == "Zoë Doe"
