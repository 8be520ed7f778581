"""GET /api/schema/: generated once, served with an ETag, as FACEPLATFORM_SCHEMA_ACCESS says."""

import json
from threading import Barrier, Thread

import pytest
import yaml
from django.core.management import call_command
from django.db import connection
from drf_spectacular import extensions
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import OpenApiGeneratorExtension

from faceplatform.system import openapi
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db

SCHEMA = "/api/schema/"
PAGES = ["/api/schema/swagger-ui/", "/api/schema/redoc/"]


@pytest.fixture
def made(monkeypatch):
    """Drop the generated schema; return a list that grows whenever it is generated."""
    openapi._render.cache_clear()
    openapi._schema.cache_clear()
    made = []
    really_make = SchemaGenerator.get_schema

    def make(self, *args, **kwargs):
        made.append(self)
        return really_make(self, *args, **kwargs)

    monkeypatch.setattr(SchemaGenerator, "get_schema", make)
    return made


def test_it_is_what_the_command_writes(tmp_path):
    path = tmp_path / "schema.yml"
    call_command("spectacular", "--file", str(path))
    answer = anonymous().get(SCHEMA)
    assert answer.status_code == 200
    assert yaml.safe_load(answer.content) == yaml.safe_load(path.read_text())


def test_it_is_made_once_in_all_its_forms(made):
    for accept in ("application/yaml", "application/json", "*/*", "application/vnd.oai.openapi"):
        for _ in range(2):
            assert anonymous().get(SCHEMA, HTTP_ACCEPT=accept).status_code == 200
    for page in PAGES:
        assert anonymous().get(page).status_code == 200
    assert len(made) == 1


@pytest.mark.parametrize(
    ("accept", "query", "kind", "read"),
    [
        ("*/*", "", "application/vnd.oai.openapi", yaml.safe_load),
        ("application/yaml", "", "application/yaml", yaml.safe_load),
        ("application/json", "", "application/json", json.loads),
        ("application/vnd.oai.openapi+json", "", "application/vnd.oai.openapi+json", json.loads),
        ("*/*", "?format=json", "application/vnd.oai.openapi+json", json.loads),
    ],
)
def test_in_the_form_that_is_asked_for(accept, query, kind, read):
    answer = anonymous().get(f"{SCHEMA}{query}", HTTP_ACCEPT=accept)
    assert answer["Content-Type"] == f"{kind}; charset=utf-8"
    assert read(answer.content)["info"]["title"] == "Faceplatform"
    assert "Accept" in answer["Vary"]


def test_whoever_has_it_is_told_so():
    first = anonymous().get(SCHEMA)
    assert not first["ETag"].startswith("W/")
    again = anonymous().get(SCHEMA, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Control"] == first["Cache-Control"] == "public, max-age=300"
    other = anonymous().get(SCHEMA, HTTP_ACCEPT="application/json")
    assert other["ETag"] != first["ETag"]


def test_another_format_is_a_problem():
    problem(anonymous().get(SCHEMA, HTTP_ACCEPT="image/png"), 406, "not_acceptable")


def unresolved() -> list[type[OpenApiGeneratorExtension]]:
    """Reset the generator's extensions to their state before the first schema."""
    kinds = [
        extensions.OpenApiAuthenticationExtension,
        extensions.OpenApiSerializerExtension,
        extensions.OpenApiSerializerFieldExtension,
        extensions.OpenApiFilterExtension,
        extensions.OpenApiViewExtension,
    ]
    return [one for kind in kinds for one in kind._registry]  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", [SCHEMA, PAGES[0]])
def test_no_two_threads_make_it(monkeypatch, made, path):
    """Extensions resolve their target class on first use, in a state that threads share.

    One thread saw the None of another one and failed. Here the first thread stays in the middle of
    that step until all others have arrived, or have generated the schema, too.
    """
    extension = next(one for one in unresolved() if one.target_class is None)
    monkeypatch.setattr(extension, "target_class", "missing.package.Class")
    monkeypatch.setattr(extension, "optional", True, raising=False)
    inside: list[int] = []
    really_load = OpenApiGeneratorExtension._load_class.__func__

    def load(cls):
        inside.append(1)
        assert len(inside) == 1, "two threads are in the generator"
        try:
            really_load(cls)
        finally:
            inside.pop()

    monkeypatch.setattr(OpenApiGeneratorExtension, "_load_class", classmethod(load))
    statuses = []
    start = Barrier(8)

    def ask():
        start.wait(30)
        try:
            statuses.append(anonymous().get(path).status_code)
        finally:
            connection.close()

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses == [200] * 8
    assert len(made) == 1


@pytest.mark.parametrize("path", [SCHEMA, *PAGES])
class TestAccess:
    def test_clients(self, settings, api, path):
        settings.FACEPLATFORM_SCHEMA_ACCESS = "clients"
        problem(anonymous().get(path), 401, "not_authenticated")
        problem(anonymous().get(path, HTTP_AUTHORIZATION="Bearer x"), 401, "authentication_failed")
        answer = api.http.get(path)
        assert answer.status_code == 200
        assert "public" not in answer.get("Cache-Control", "")

    def test_off(self, settings, api, path):
        settings.FACEPLATFORM_SCHEMA_ACCESS = "off"
        unknown = problem(anonymous().get("/nothing/"), 404, "not_found")
        for http in (anonymous(), api.http):
            told = problem(http.get(path), 404, "not_found")
            assert {**told, "request_id": ""} == {**unknown, "request_id": ""}


LEGACY = ["/api/schema/legacy/", "/api/schema/legacy/swagger-ui/"]


@pytest.mark.parametrize("path", LEGACY)
class TestOlderApis:
    def test_without_a_binding(self, settings, path):
        settings.FACEPLATFORM_LEGACY_DIALECTS = {}
        problem(anonymous().get(path), 404, "not_found")

    def test_with_one(self, settings, made, path):
        settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": "demo"}
        assert anonymous().get(path).status_code == 200

    def test_switched_off(self, settings, path):
        settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": "demo"}
        settings.FACEPLATFORM_SCHEMA_ACCESS = "off"
        problem(anonymous().get(path), 404, "not_found")


def test_the_older_apis_have_a_document_and_a_page(settings, made):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": "demo"}
    document = yaml.safe_load(anonymous().get(LEGACY[0]).content)
    assert set(document["paths"]) == {"/register/", "/verify/"}
    assert not set(document["paths"]) & set(
        yaml.safe_load(anonymous().get(SCHEMA).content)["paths"]
    )
    assert LEGACY[0] in anonymous().get(f"{LEGACY[1]}?script=").content.decode()


@pytest.mark.parametrize(
    ("access", "shown"), [("public", True), ("clients", False), ("off", False)]
)
def test_the_landing_page_points_to_what_anybody_may_see(settings, access, shown):
    settings.FACEPLATFORM_SCHEMA_ACCESS = access
    page = anonymous().get("/", HTTP_ACCEPT="text/html").content.decode()
    assert (PAGES[0] in page) is shown
