"""No browser or proxy stores an answer, and pages run only our own files."""

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser

from tests.stage import problem, upload

pytestmark = pytest.mark.django_db
PAGES = [
    "/",
    "/api/schema/swagger-ui/",
    "/api/schema/redoc/",
    "/admin/login/",
    "/admin/",
    "/admin/nothing/",
]


def policy(answer) -> dict[str, list[str]]:
    """Return the directives of the answer's Content-Security-Policy."""
    parts = [part.split() for part in answer["Content-Security-Policy"].split(";")]
    assert len({name for name, *_ in parts}) == len(parts)  # browsers ignore a repeated one
    return {name: sources for name, *sources in parts}


def open_page(address: str, **headers):
    browser = Browser(raise_request_exception=False, headers={"Accept": "text/html", **headers})
    browser.force_login(User.objects.create_superuser("root", password="a password for tests"))
    return browser.get(address)


def test_tokens_are_not_stored(api):
    pair = {"api_key": api.issued.credential.api_key, "api_secret": api.issued.api_secret}
    tokens = api.http.post("/api/core/auth/client/", pair)
    assert tokens.status_code == 200
    assert tokens["Cache-Control"] == "no-store"
    refreshed = api.http.post(
        "/api/core/auth/token/refresh/", {"refresh": tokens.json()["refresh"]}
    )
    assert refreshed.status_code == 200
    assert refreshed["Cache-Control"] == "no-store"


def test_neither_are_answers_and_refusals(api, stage):
    session = api.open_enrollment("alice").json()
    body = {"session_token": session["session_token"], "image": upload(stage.frame("alice"))}
    frame = api.http.post("/api/auth/process-image/", body, format="multipart")
    assert frame.status_code == 200
    refused = api.http.post("/api/auth/process-image/", {}, format="multipart")
    problem(refused, 400, "validation_failed")
    unknown = api.http.get("/api/nothing/")
    for answer in (frame, refused, unknown, api.http.get("/api/auth/enrollments/")):
        assert answer["Cache-Control"] == "no-store"
        assert policy(answer)["default-src"] == ["'none'"]
        assert policy(answer)["frame-ancestors"] == ["'none'"]


def test_an_unknown_host_is_refused_with_the_headers_of_all(client):
    answer = client.get("/", headers={"Host": "evil.example.com"})
    assert answer.status_code == 400
    assert answer["Cache-Control"] == "no-store"
    assert policy(answer)["default-src"] == ["'none'"]


@pytest.mark.parametrize("page", PAGES)
def test_pages_load_from_the_service_alone(page):
    answer = open_page(page)
    assert answer["Content-Type"].startswith("text/html")
    assert "no-store" in answer["Cache-Control"]
    directives = policy(answer)
    assert directives["default-src"] == ["'self'"]
    assert directives["frame-ancestors"] == directives["base-uri"] == ["'none'"]
    assert "script-src" not in directives  # so that default-src holds for scripts
    allowed = {source for sources in directives.values() for source in sources}
    assert allowed <= {"'self'", "'none'", "data:", "blob:", "'unsafe-inline'"}
    inline = [name for name, sources in directives.items() if "'unsafe-inline'" in sources]
    assert inline == (["style-src"] if "redoc" in page else [])


@pytest.mark.parametrize("page", PAGES)
def test_no_page_needs_more(page):
    """No page has inline scripts, and none but Redoc's has inline styles."""
    text = open_page(page).content.decode()
    assert "<script>" not in text
    assert "<style" not in text
    assert "style=" not in text
    assert "https://" not in text


def test_a_form_from_elsewhere_is_refused_with_a_page():
    answer = Browser(enforce_csrf_checks=True).post("/admin/login/", {"username": "root"})
    assert answer.status_code == 403
    assert "<h1>Refused</h1>" in answer.content.decode()
    assert "<style" not in answer.content.decode()
    assert policy(answer)["default-src"] == ["'self'"]


def test_swagger_ui_has_its_script_in_an_answer_of_its_own(client):
    page = "/api/schema/swagger-ui/"
    assert f'<script src="{page}?script="></script>' in client.get(page).content.decode()
    script = client.get(f"{page}?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert "SwaggerUIBundle" in script.content.decode()
