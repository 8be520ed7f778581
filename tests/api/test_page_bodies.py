"""Forms of the admin are limited before the sign-in, and before Django reads them."""

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve

from clients.models import Client
from faceplatform.api.bodies import BodyTooLarge
from faceplatform.api.page_bodies import PageBodyMiddleware
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
MOST = 64 * 1024
ADDRESSES = ["/admin/login/", "/admin/", "/admin/clients/client/add/", "/metrics"]


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_longer_one_is_refused(path):
    body = b"a=" + b"%41" * (MOST // 3)
    answer = anonymous().generic("POST", path, body, FORM)
    if path == "/metrics":
        problem(answer, 413, "request_too_large")
    assert answer.status_code == 413
    assert b"The body has more than 65,536 bytes" in answer.content


@pytest.mark.parametrize("path", ADDRESSES)
def test_its_announced_length_is_enough(path):
    request = RequestFactory().post(path, {"a": "1"})
    request.META["CONTENT_LENGTH"] = str(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    with pytest.raises(BodyTooLarge):
        PageBodyMiddleware(lambda _: HttpResponse()).process_view(request, resolve(path).func)


def test_as_long_as_it_may_be_it_is_read(admin_client):
    fields = {"name": "acme", "is_active": "on", "tier": "standard", "time_zone": "UTC"}
    fields["allowed_origins"] = "[]" + " " * 60_000
    inline = {"credentials-TOTAL_FORMS": "0", "credentials-INITIAL_FORMS": "0"}
    answer = admin_client.post("/admin/clients/client/add/", fields | inline)
    assert answer.status_code == 200, answer.content
    assert Client.objects.get().name == "acme"
