"""The OpenAPI schema: served, complete, without warnings, and shown without the internet."""

import re
from collections.abc import Iterator
from io import StringIO

import pytest
import yaml
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from faceplatform.errors import FaceplatformError
from tests.stage import anonymous

pytestmark = pytest.mark.django_db
OLDER = "Legacy Recognition"
TAGS = {"Authentication", "Face Enrollment", "Face Authentication", "System", OLDER}


@pytest.fixture(scope="module")
def schema():
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    return yaml.safe_load(out.getvalue())


def operations(schema) -> Iterator[tuple[str, str, dict]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def main_operations(schema) -> Iterator[tuple[str, str, dict]]:
    """Yield all operations but the older APIs', whose errors have their own shapes."""
    for path, method, operation in operations(schema):
        if operation["tags"] != [OLDER]:
            yield path, method, operation


def views(patterns=None, prefix: str = "/") -> Iterator[tuple[str, type[APIView]]]:
    """Yield every view of the API with its path, as in the schema."""
    for pattern in patterns or get_resolver().url_patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern) and _is_shown(pattern.callback):
            view = pattern.callback.view_class  # type: ignore[attr-defined]
            yield re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address), view


def _is_shown(callback) -> bool:
    """Return the API view of a pattern; an older API's alternative path is not in the schema."""
    hidden = "schema" in getattr(callback, "view_initkwargs", {})
    return issubclass(getattr(callback, "view_class", object), APIView) and not hidden


def documented() -> Iterator[tuple[str, str, type[FaceplatformError]]]:
    for path, view in views():
        for method, errors in getattr(view, "documented_errors", {}).items():
            for error in errors:
                yield path, method.lower(), error


def test_it_holds_every_address_of_the_api(schema):
    addresses = {path for path, _ in views()}
    shown = {path for path in addresses if not path.startswith("/api/schema/")}
    assert shown == set(schema["paths"])


def test_every_operation_has_a_known_tag_a_summary_and_an_id(schema):
    ids = [operation["operationId"] for _, _, operation in operations(schema)]
    assert len(ids) == len(set(ids))
    for path, method, operation in operations(schema):
        assert set(operation["tags"]) <= TAGS, (path, method)
        assert operation["summary"], (path, method)


def test_there_are_errors_to_look_for():
    assert len(list(documented())) > 20


def test_every_error_an_operation_can_give_is_in_it(schema):
    for path, method, error in documented():
        responses = schema["paths"][path][method]["responses"]
        assert f"`{error.code}`" in responses[str(error.status)]["description"], (path, error)


@pytest.mark.parametrize("code", ["not_authenticated", "authentication_failed"])
def test_every_operation_with_a_token_says_what_happens_without(schema, code):
    for path, method, operation in main_operations(schema):
        if {} not in operation.get("security", [{}]):
            assert f"`{code}`" in operation["responses"]["401"]["description"], (path, method)


def test_every_error_is_a_problem_document(schema):
    for path, method, operation in main_operations(schema):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                content = response["content"]
                assert set(content) == {"application/problem+json"}, (path, method, status)
                shape = content["application/problem+json"]["schema"]
                assert shape == {"$ref": "#/components/schemas/Problem"}


def test_writes_with_a_token_take_an_idempotency_key(schema):
    for path, method, operation in main_operations(schema):
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        writes = method in {"post", "delete"} and path.startswith("/api/auth/")
        assert ("Idempotency-Key" in names) is writes, (path, method)


def test_the_older_apis_are_marked_as_such(schema):
    older = [op for _, _, op in operations(schema) if op["tags"] == [OLDER]]
    assert len(older) == 16
    assert all(operation["deprecated"] for operation in older)
    assert not any(operation.get("deprecated") for _, _, operation in main_operations(schema))
    both = {"apiKey": [], "apiSecret": []}
    assert all(both in operation["security"] for operation in older)


def test_both_ways_to_authenticate(schema):
    schemes = schema["components"]["securitySchemes"]
    assert schemes["clientToken"]["scheme"] == "bearer"
    assert schemes["sessionToken"]["name"] == "X-Session-Token"
    using = {path for path, _, op in operations(schema) if {"sessionToken": []} in op["security"]}
    assert using == {"/api/auth/process-image/"}


@pytest.mark.parametrize("page", ["/api/schema/swagger-ui/", "/api/schema/redoc/"])
def test_the_pages_load_nothing_from_elsewhere(page):
    answer = anonymous().get(page)
    assert answer.status_code == 200
    text = answer.content.decode()
    sources = re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=[\"']([^\"']+)", text)
    assert any("drf_spectacular_sidecar" in source for source in sources)
    for source in sources:
        assert not re.match(r"(https?:)?//", source), source
    assert "@import" not in text


def test_older_apis_document_no_problem_that_they_do_not_give(schema):
    older = [operation for _, _, operation in operations(schema) if operation["tags"] == [OLDER]]
    assert older
    for operation in older:
        for answer in operation["responses"].values():
            assert "application/problem+json" not in answer.get("content", {})


def test_a_frame_documents_what_an_engine_and_keys_can_fail_with(schema):
    answers = schema["paths"]["/api/auth/process-image/"]["post"]["responses"]["503"]
    examples = answers["content"]["application/problem+json"]["examples"]
    codes = {example["value"]["code"] for example in examples.values()}
    failures = {"engine_unavailable", "engine_busy", "model_missing", "model_corrupted"}
    assert codes >= failures | {"decryption_failed", "storage_unavailable"}


def test_each_security_scheme_says_where_its_token_comes_from(schema):
    schemes = schema["components"]["securitySchemes"]
    assert "POST /api/core/auth/client/" in schemes["clientToken"]["description"]
    for opening in ("POST /api/auth/enrollment/", "POST /api/auth/authentication/"):
        assert opening in schemes["sessionToken"]["description"]
        assert opening.removeprefix("POST ") in schema["paths"]
    for name in ("apiKey", "apiSecret"):
        assert "create_client" in schemes[name]["description"]


@pytest.mark.parametrize("form", ["FrameRequest", "FrameUploadRequest"])
def test_examples_of_a_frames_fields_can_be_sent_as_they_are(schema, form):
    fields = schema["components"]["schemas"][form]
    assert "required" not in fields
    assert fields["properties"]["frame_number"]["example"] == 1
    assert fields["properties"]["session_token"]["example"] == ""


@pytest.mark.parametrize("form", ["OpenEnrollmentRequest", "OpenAuthenticationRequest"])
def test_each_source_of_frames_is_described(schema, form):
    described = schema["components"]["schemas"][form]["properties"]["session_type"]["description"]
    for source in ("webcam", "mobile", "api"):
        assert f"`{source}` for " in described


def test_the_root_has_the_shapes_of_both_its_answers(schema):
    answer = schema["paths"]["/"]["get"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"] == {"$ref": "#/components/schemas/RootAnswer"}
    shapes = schema["components"]["schemas"]["RootAnswer"]["oneOf"]
    assert [shape["$ref"].rpartition("/")[2] for shape in shapes] == ["StatusAnswer", "Index"]
