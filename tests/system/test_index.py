"""GET /: a page for a browser; for a program 004's answer where it is bound, else an index."""

import re

import pytest
from django.urls import set_script_prefix

from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db
ACCEPTED = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"  # as browsers send it
HEALTH = {"health": "/api/core/health/", "ready": "/api/core/ready/"}
SCHEMA = {"schema": "/api/schema/"}
PAGES = {"swagger-ui": "/api/schema/swagger-ui/", "redoc": "/api/schema/redoc/"}


def landing(address: str = "/") -> str:
    answer = anonymous().get(address, HTTP_ACCEPT=ACCEPTED)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "Accept" in answer["Vary"]
    text: str = answer.content.decode()
    return text


def links(text: str) -> set[str]:
    return set(re.findall(r'(?:href|src)="([^"#]+)"', text))


@pytest.fixture
def bound(api, settings):
    """004, which serves the client and asks for no credentials."""
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"004": api.client.name}
    settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset({"004"})


def test_the_page_says_what_to_do_next():
    text = landing()
    assert links(text) >= {*HEALTH.values(), *SCHEMA.values(), *PAGES.values(), "/admin/"}
    for words in ("createsuperuser", "create_client", "http://testserver/api/core/auth/client/"):
        assert words in text


def test_all_it_links_to_is_there(admin_client):
    served = [address for address in links(landing()) if not address.startswith("/static/")]
    assert len(served) > 5
    for address in served:
        if address != HEALTH["ready"]:  # which measures a face
            assert admin_client.get(address).status_code == 200, address


def test_whatever_is_bound_a_browser_gets_the_page(bound):
    assert "<h1>" in landing()


@pytest.mark.parametrize("access", ["clients", "off"])
def test_documentation_that_strangers_may_not_read_is_not_offered(settings, access):
    settings.FACEPLATFORM_SCHEMA_ACCESS = access
    text = landing()
    assert not links(text) & {*PAGES.values(), *SCHEMA.values()}
    assert "Swagger" not in text
    assert ("GET /api/schema/" in text) is (access == "clients")


@pytest.mark.parametrize(
    ("access", "documentation"), [("public", SCHEMA | PAGES), ("clients", SCHEMA), ("off", {})]
)
@pytest.mark.parametrize("accept", ["*/*", "application/json", "", "image/png"])
def test_a_program_gets_an_index(settings, access, documentation, accept):
    settings.FACEPLATFORM_SCHEMA_ACCESS = access
    answer = anonymous().get("/", HTTP_ACCEPT=accept)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert "Accept" in answer["Vary"]
    assert "Deprecation" not in answer
    assert answer.json() == {
        "name": "Faceplatform",
        "version": "0.1.0",
        "links": HEALTH | documentation,
    }


@pytest.mark.parametrize("accept", ["*/*", "application/json", "", "image/png"])
def test_where_004_is_bound_its_own_answer(bound, accept):
    answer = anonymous().get("/", HTTP_ACCEPT=accept)
    assert answer.json() == {"status_code": 200, "message": "You found me!"}
    assert answer["Deprecation"]


def test_also_where_it_asks_for_credentials(bound, settings):
    settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset()
    answer = anonymous().get("/")
    assert (answer.status_code, answer.json()["status_code"]) == (401, 401)


def test_a_binding_of_another_older_api_changes_nothing(api, settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": api.client.name}
    assert anonymous().get("/").json()["name"] == "Faceplatform"


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_other_methods_find_nothing(method):
    for accept in (ACCEPTED, "*/*"):
        problem(anonymous().generic(method, "/", HTTP_ACCEPT=accept), 404, "not_found")


@pytest.mark.parametrize("accept", [ACCEPTED, "*/*"])
def test_head(accept):
    answer = anonymous().head("/", HTTP_ACCEPT=accept)
    asked = anonymous().get("/", HTTP_ACCEPT=accept)
    assert answer.status_code == 200
    assert answer["Content-Type"] == asked["Content-Type"]


def test_below_a_prefix(settings):
    settings.FORCE_SCRIPT_NAME = "/faces"
    set_script_prefix("/faces/")  # by the WSGI handler, in a server
    try:
        text = landing("/faces/")
        index = anonymous().get("/faces/").json()
    finally:
        set_script_prefix("/")
    own = {address for address in links(text) if not address.startswith("/static/")}
    assert len(own) > 5
    assert all(address.startswith("/faces/") for address in own)
    assert "http://testserver/faces/api/core/auth/client/" in text
    assert all(address.startswith("/faces/") for address in index["links"].values())


@pytest.mark.parametrize("accept", [ACCEPTED, "*/*"])
def test_no_query_even_of_a_signed_in_account(admin_client, django_assert_num_queries, accept):
    anonymous().get("/", HTTP_ACCEPT=accept)  # what the first call imports is not its own
    for http in (anonymous(), admin_client):
        with django_assert_num_queries(0):
            answer = http.get("/", HTTP_ACCEPT=accept)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer


def test_it_says_nothing_of_what_it_is_made_of():
    text = landing().lower()
    for name in ("django", "python", "gunicorn", "drf", "onnx", "tensorflow"):
        assert name not in text
