"""Faults as a browser shows them: pages of the product's looks. Programs get problem documents."""

import pytest
from django.db import OperationalError

from clients.models import Client
from faceplatform.api import windows
from faceplatform.api.throttles import CallerThrottle, StrangerThrottle
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db
ACCEPTED = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"  # as browsers send it
SWAGGER = "/api/schema/swagger-ui/"


def open_page(address: str, **headers):
    return anonymous().get(address, HTTP_ACCEPT=ACCEPTED, **headers)


def text_of(answer, status: int) -> str:
    """The page of that status, which has all that a page has."""
    assert answer.status_code == status
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    text: str = answer.content.decode()
    assert "/static/faceplatform/page.css" in text
    assert 'href="/">Go to the start page</a>' in text
    assert answer["X-Request-ID"] in text
    return text


def test_an_address_is_not_repeated():
    answer = open_page("/<script>alert(1)</script>?q=<b>secret</b>")
    text = text_of(answer, 404)
    assert "alert" not in text
    assert "secret" not in text


def test_the_address_that_was_meant():
    assert "did you mean /api/schema/swagger-ui/?" in text_of(open_page(SWAGGER.rstrip("/")), 404)


def test_a_page_for_clients(settings):
    settings.FACEPLATFORM_SCHEMA_ACCESS = "clients"
    text = text_of(open_page(SWAGGER), 401)
    assert "<h1>The request carries no token</h1>" in text


def test_head_has_the_headers_alone():
    answer = anonymous().head("/nothing", HTTP_ACCEPT=ACCEPTED)
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    "address", ["/metrics", "/api/enroll", "/verify/", "/home", "/api/schema/", SWAGGER]
)
def test_what_is_off_is_like_what_is_unknown(settings, address):
    settings.FACEPLATFORM_SCHEMA_ACCESS = "off"
    off, unknown = open_page(address), open_page("/nothing")
    shown = [text_of(answer, 404).replace(answer["X-Request-ID"], "") for answer in (off, unknown)]
    assert shown[0] == shown[1]
    assert "Deprecation" not in off


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/problem+json", ""])
def test_a_program_gets_the_document(accept):
    problem(anonymous().get("/nothing", HTTP_ACCEPT=accept), 404, "not_found")


def test_a_call_of_the_api_is_answered_in_json_whoever_asks():
    problem(open_page("/api/auth/enrollments/"), 401, "not_authenticated")


def test_a_host_that_is_not_served():
    text = text_of(open_page("/", HTTP_HOST="evil.example.com"), 400)
    assert "ALLOWED_HOSTS" in text
    assert "evil" not in text


def test_too_many_calls(monkeypatch):
    monkeypatch.setattr(StrangerThrottle, "THROTTLE_RATES", {"strangers": "1/min"})
    text_of(open_page("/nothing"), 404)
    answer = open_page("/nothing")
    assert "Too many requests" in text_of(answer, 429)
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize("address", ["/", SWAGGER])
def test_too_many_pages(monkeypatch, address):
    monkeypatch.setattr(CallerThrottle, "THROTTLE_RATES", {"caller": "1/min"})
    assert open_page(address).status_code == 200
    assert "Too many requests" in text_of(open_page(address), 429)
    problem(anonymous().get(address), 429, "throttled")


@pytest.mark.parametrize("address", ["/", "/nothing", SWAGGER])
def test_a_cache_that_does_not_answer(monkeypatch, address):
    def away(*_):
        raise OperationalError("no cache at 10.0.0.7")

    monkeypatch.setattr(windows, "_count", away)
    answer = open_page(address)
    text = text_of(answer, 503)
    assert "not available at the moment" in text
    assert "10.0.0.7" not in text
    assert answer["Retry-After"] == "2"


def test_what_is_broken(admin_client, monkeypatch):
    def broken(*_):
        raise RuntimeError("a defect")

    monkeypatch.setattr(Client, "__str__", broken)
    Client.objects.create(name="acme")
    admin_client.raise_request_exception = False
    page = f"/admin/clients/client/{Client.objects.get().pk}/change/"
    text = text_of(admin_client.get(page, HTTP_ACCEPT=ACCEPTED), 500)
    assert "<h1>Something went wrong on the server</h1>" in text
    assert "a defect" not in text


def test_the_admin(admin_client):
    assert "There is no such address" in text_of(admin_client.get("/admin/nothing/"), 404)
