"""Forms of the admin are bounded before anybody is signed in, and before Django reads them."""

import json

import pytest

from clients.models import Client
from tests.stage import anonymous, problem
from tests.wsgi import served

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
MOST = 64 * 1024
ADDRESSES = ["/admin/login/", "/admin/", "/admin/clients/client/add/", "/metrics"]


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_longer_one_is_refused(path):
    body = b"a=" + b"%41" * (MOST // 3)
    answer = anonymous().generic("POST", path, body, FORM)
    told = problem(answer, 413, "request_too_large")
    assert told["detail"] == "The body has more than 65,536 bytes"


@pytest.mark.parametrize("path", ADDRESSES)
def test_nor_is_one_in_chunks(path):
    status, answer = served(
        "POST", path, b"a=1", FORM, CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked"
    )
    assert (status, json.loads(answer)["code"]) == (413, "request_too_large")


def test_as_long_as_it_may_be_it_is_read(admin_client):
    fields = {"name": "acme", "is_active": "on", "policy": "{}" + " " * 60_000}
    inline = {"credentials-TOTAL_FORMS": "0", "credentials-INITIAL_FORMS": "0"}
    answer = admin_client.post("/admin/clients/client/add/", fields | inline)
    assert answer.status_code == 302, answer.content
    assert Client.objects.get().name == "acme"
