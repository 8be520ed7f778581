"""The OpenAPI schema: served, complete, without warnings, and shown without the internet."""

import json
import re
from collections.abc import Iterator
from io import StringIO

import pytest
import yaml
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from faceplatform.api.lists import ListView
from faceplatform.conf import CapturePolicy
from faceplatform.errors import FaceplatformError
from legacy.schema import LegacyAutoSchema
from tests.stage import anonymous

pytestmark = pytest.mark.django_db
OLDER = "Legacy Recognition"
TAGS = {
    "Authentication",
    "Client Management",
    "Face Enrollment",
    "Face Authentication",
    "Capture Page",
    "System",
    "Analytics",
    "Webhooks",
    OLDER,
}


DIALECTS = ("000", "001", "003", "004")
LEGACY_GENERATOR = "legacy.schema.LegacyGenerator"


def generated(**options) -> dict:
    out = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out, **options)
    return yaml.safe_load(out.getvalue())


@pytest.fixture(scope="module")
def schema():
    return generated()


@pytest.fixture
def older(settings):
    """The document of the older APIs, of which all are bound."""
    settings.FACEPLATFORM_LEGACY_DIALECTS = dict.fromkeys(DIALECTS, "demo")
    return generated(generator_class=LEGACY_GENERATOR)


def operations(schema) -> Iterator[tuple[str, str, dict]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def views(patterns=None, prefix: str = "/") -> Iterator[tuple[str, type[APIView]]]:
    """Yield every view of the API with its path, as in the schema."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
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


def test_the_documents_hold_every_address_of_the_api(schema, older):
    addresses = {path for path, _ in views()}
    shown = {path for path in addresses if not path.startswith("/api/schema/")}
    of_older = {path for path, view in views() if isinstance(view.schema, LegacyAutoSchema)}
    assert shown - of_older == set(schema["paths"])
    assert of_older == set(older["paths"])


def test_every_operation_has_a_known_tag_a_summary_and_an_id(schema, older):
    every = [*operations(schema), *operations(older)]
    ids = [operation["operationId"] for _, _, operation in every]
    assert len(ids) == len(set(ids))
    for path, method, operation in every:
        assert set(operation["tags"]) <= TAGS, (path, method)
        assert operation["summary"], (path, method)
    for document in (schema, older):
        tagged = {tag for _, _, operation in operations(document) for tag in operation["tags"]}
        assert tagged == {tag["name"] for tag in document["tags"]}


def test_there_are_errors_to_look_for():
    assert len(list(documented())) > 20


def test_every_error_an_operation_can_give_is_in_it(schema):
    for path, method, error in documented():
        responses = schema["paths"][path][method]["responses"]
        assert f"`{error.code}`" in responses[str(error.status)]["description"], (path, error)


@pytest.mark.parametrize("code", ["not_authenticated", "authentication_failed"])
def test_every_operation_with_a_token_says_what_happens_without(schema, code):
    for path, method, operation in operations(schema):
        if operation["security"]:
            assert f"`{code}`" in operation["responses"]["401"]["description"], (path, method)


def test_every_error_is_a_problem_document(schema):
    for path, method, operation in operations(schema):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                content = response["content"]
                assert set(content) == {"application/problem+json"}, (path, method, status)
                shape = content["application/problem+json"]["schema"]
                assert shape == {"$ref": "#/components/schemas/Problem"}


# Their answers contain a secret, which is shown once.
SECRETS = {
    "/api/auth/sessions/current/link/",
    "/api/auth/sessions/{session_token}/link/",
    "/api/capture/handover/",
    "/api/capture/retry/",
    "/api/clients/credentials/",
    "/api/clients/credentials/{credential_id}/rotate/",
    "/api/clients/clients/{client_id}/reset_credentials/",
    "/api/webhooks/endpoints/",
    "/api/webhooks/endpoints/{endpoint_id}/regenerate_secret/",
}


def test_writes_with_a_token_take_an_idempotency_key(schema):
    for path, method, operation in operations(schema):
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        writes = method in {"post", "delete"} and bool(operation["security"])
        assert ("Idempotency-Key" in names) is (writes and path not in SECRETS), (path, method)


def test_every_list_is_described_as_pages(schema):
    lists = [(path, view) for path, view in views() if issubclass(view, ListView)]
    assert len(lists) > 5
    for path, _ in lists:
        operation = schema["paths"][path]["get"]
        answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert "Paginated" in answer["$ref"], path
        assert {"cursor", "page_size"} <= {each["name"] for each in operation["parameters"]}, path


def test_the_older_apis_are_marked_as_such(schema, older):
    theirs = [operation for _, _, operation in operations(older)]
    assert len(theirs) == 16
    assert all(operation["deprecated"] for operation in theirs)
    assert all(operation["tags"] == [OLDER] for operation in theirs)
    assert not any(operation.get("deprecated") for _, _, operation in operations(schema))
    both = {"apiKey": [], "apiSecret": []}
    assert all(both in operation["security"] for operation in theirs)


def test_only_the_bound_older_apis_are_in_their_document(settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": "demo"}
    document = generated(generator_class=LEGACY_GENERATOR)
    assert set(document["paths"]) == {"/register/", "/verify/"}


def test_both_ways_to_authenticate(schema):
    schemes = schema["components"]["securitySchemes"]
    assert schemes["clientToken"]["scheme"] == "bearer"
    assert schemes["sessionToken"]["name"] == "X-Session-Token"
    using = {path for path, _, op in operations(schema) if {"sessionToken": []} in op["security"]}
    assert using == {
        "/api/auth/sessions/current/frames/",
        "/api/capture/handover/",
        "/api/capture/retry/",
        "/api/capture/cancel/",
    }


def test_no_operation_has_a_choice_of_tokens(schema):
    """A generated client would send all of them."""
    for path, method, operation in operations(schema):
        assert operation["security"] in ([], [{"clientToken": []}], [{"sessionToken": []}]), (
            path,
            method,
        )


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


def test_older_apis_document_no_problem_that_they_do_not_give(older):
    assert older["paths"]
    for _, _, operation in operations(older):
        for answer in operation["responses"].values():
            assert "application/problem+json" not in answer.get("content", {})


def test_a_frame_documents_what_an_engine_and_keys_can_fail_with(schema):
    answers = schema["paths"]["/api/auth/process-image/"]["post"]["responses"]["503"]
    examples = answers["content"]["application/problem+json"]["examples"]
    shared = schema["components"]["examples"]
    codes = {shared[name_of(example)]["value"]["code"] for example in examples.values()}
    failures = {"engine_unavailable", "engine_busy", "model_missing", "model_corrupted"}
    assert codes >= failures | {"decryption_failed", "storage_unavailable"}


def name_of(reference: dict) -> str:
    return reference["$ref"].rpartition("/")[2]


def test_each_security_scheme_says_where_its_token_comes_from(schema, older):
    schemes = schema["components"]["securitySchemes"] | older["components"]["securitySchemes"]
    assert "POST /api/core/auth/client/" in schemes["clientToken"]["description"]
    for opening in ("POST /api/auth/enrollment/", "POST /api/auth/authentication/"):
        assert opening in schemes["sessionToken"]["description"]
        assert opening.removeprefix("POST ") in schema["paths"]
    for name in ("apiKey", "apiSecret"):
        assert "create_client" in schemes[name]["description"]


@pytest.mark.parametrize("form", ["FrameRequest", "SessionFrameRequest"])
def test_examples_of_a_frames_fields_can_be_sent_as_they_are(schema, form):
    fields = schema["components"]["schemas"][form]
    assert "required" not in fields
    assert fields["properties"]["frame_number"]["example"] == 1
    token = {"FrameRequest": "", "SessionFrameRequest": None}[form]
    assert fields["properties"].get("session_token", {}).get("example") == token


@pytest.mark.parametrize("form", ["OpenEnrollmentRequest", "OpenAuthenticationRequest"])
def test_each_source_of_frames_is_described(schema, form):
    described = schema["components"]["schemas"][form]["properties"]["session_type"]["description"]
    for source in ("webcam", "mobile", "api"):
        assert f"`{source}` for " in described


def test_the_root_has_the_shapes_of_both_its_answers(older):
    answer = older["paths"]["/"]["get"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"] == {"$ref": "#/components/schemas/RootAnswer"}
    shapes = older["components"]["schemas"]["RootAnswer"]["oneOf"]
    assert [name_of(shape) for shape in shapes] == ["StatusAnswer", "Index"]


def test_the_codes_of_all_operations_are_an_enum(schema):
    shapes = schema["components"]["schemas"]
    assert shapes["Problem"]["properties"]["code"] == {"$ref": "#/components/schemas/ErrorCode"}
    codes = set(shapes["ErrorCode"]["enum"])
    for path, method, operation in operations(schema):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                described = set(re.findall(r"`(\w+)`: ", response["description"]))
                assert described, (path, method, status)
                assert described <= codes


def test_an_example_of_an_error_has_its_code_and_each_of_its_statuses(schema):
    shared = schema["components"]["examples"]
    for _, _, operation in operations(schema):
        for status, response in operation["responses"].items():
            content = response.get("content", {}).get("application/problem+json", {})
            for code, example in content.get("examples", {}).items():
                value = shared[name_of(example)]["value"]
                assert (value["code"], value["status"]) == (code, int(status))


def test_a_problem_has_the_members_of_an_ended_session(schema):
    problem = schema["components"]["schemas"]["Problem"]
    assert {"session_status", "reason"} <= set(problem["properties"])
    assert not {"session_status", "reason"} & set(problem["required"])


def test_the_answer_to_a_frame_says_of_which_kind_it_is(schema):
    shapes = schema["components"]["schemas"]
    discriminator = shapes["FrameAnswer"]["discriminator"]
    assert discriminator["propertyName"] == "kind"
    assert set(discriminator["mapping"]) == {"enrollment", "authentication"}
    for kind, reference in discriminator["mapping"].items():
        shape = shapes[name_of({"$ref": reference})]
        assert "kind" in shape["required"]
        assert shapes[name_of(shape["properties"]["kind"])]["enum"] == [kind]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/auth/process-image/", "FrameRequest"),
        ("/api/auth/sessions/current/frames/", "SessionFrameRequest"),
    ],
)
def test_a_frame_or_a_video_is_a_file_and_nothing_is_required(schema, path, name):
    """A second media type hides the file from a generator that prefers JSON, and generators cannot
    express that one of both files is needed."""
    operation = schema["paths"][path]["post"]
    content = operation["requestBody"]["content"]
    reference = {"$ref": f"#/components/schemas/{name}"}
    assert content == {"multipart/form-data": {"schema": reference}}
    assert "JSON" in operation["description"]
    shape = schema["components"]["schemas"][name]
    assert "required" not in shape
    image = shape["properties"]["image"]
    for file in (image, shape["properties"]["video"]):
        assert (file["type"], file["format"]) == ("string", "binary")
    assert "`video`" in image["description"]
    assert "/api/auth/stream/" in operation["description"]
    assert not {"frame_data", "image_base64"} & set(shape["properties"])
    assert "`frame_data`" in image["description"]


def test_the_policy_has_its_keys(schema):
    shapes = schema["components"]["schemas"]
    policy = shapes["Status"]["properties"]["policy"]
    assert {"$ref": "#/components/schemas/CapturePolicy"} in policy.get("allOf", [policy])
    shape = shapes["CapturePolicy"]
    assert set(shape["properties"]) == set(shape["required"]) == set(CapturePolicy.model_fields)


def test_metadata_is_any_object_within_limits(schema):
    opening = schema["components"]["schemas"]["OpenEnrollmentRequest"]
    metadata = opening["properties"]["metadata"]
    assert (metadata["type"], metadata["additionalProperties"]) == ("object", {})
    assert "4096 characters" in metadata["description"]


def test_answers_name_their_headers(schema):
    for path, method, operation in operations(schema):
        idempotent = any(p["name"] == "Idempotency-Key" for p in operation.get("parameters", []))
        for status, response in operation["responses"].items():
            names = set(response["headers"])
            assert "X-Request-ID" in names, (path, method, status)
            assert ("Retry-After" in names) is (status in {"409", "429", "503"})
            assert ("Idempotency-Replayed" in names) is (idempotent and int(status) < 500)
    assert set(schema["components"]["headers"]) == {
        "X-Request-ID",
        "Retry-After",
        "Idempotency-Replayed",
        "RateLimit",
        "RateLimit-Policy",
    }


def test_it_names_its_version_of_openapi_and_its_server(schema):
    assert schema["openapi"].startswith("3.1.")
    assert [server["url"] for server in schema["servers"]] == ["/"]
    assert "nullable" not in str(schema)


def test_no_example_is_written_twice(schema):
    """Repeated ones were a third of the document."""

    def values(node):
        if isinstance(node, dict):
            for name, each in node.items():
                if name == "examples":
                    yield from (example["value"] for example in each.values() if "value" in example)
                else:
                    yield from values(each)
        elif isinstance(node, list):
            for each in node:
                yield from values(each)

    written = [json.dumps(value) for value in values(schema) if isinstance(value, dict)]
    assert len(written) > 50
    assert sorted(written) == sorted(set(written))


def test_no_name_says_request_twice(schema, older):
    for document in (schema, older):
        assert not [name for name in document["components"]["schemas"] if "RequestRequest" in name]


@pytest.mark.parametrize("form", ["OpenEnrollmentRequest", "OpenAuthenticationRequest"])
def test_an_opening_names_the_source_by_either_name(schema, form):
    shape = schema["components"]["schemas"][form]
    assert not {"capture_type", "session_type"} & set(shape.get("required", []))
    for name in ("capture_type", "session_type"):
        assert "one of the two" in shape["properties"]["session_type"]["description"]
        assert "`webcam`" in shape["properties"][name]["description"]


@pytest.mark.parametrize(
    "shape", ["EnrollmentOpened", "AuthenticationOpened", "SessionStatus", "Enrollment"]
)
def test_answers_have_the_source_as_capture_type(schema, shape):
    answer = schema["components"]["schemas"][shape]
    assert "capture_type" in answer["required"]
    assert "CaptureTypeEnum" in str(answer["properties"]["capture_type"])


def test_a_user_says_whether_it_is_enrolled(schema):
    read = schema["paths"]["/api/auth/users/{user_id}/"]["get"]
    assert "`user_not_found`" in read["responses"]["404"]["description"]
    assert schema["components"]["schemas"]["User"]["properties"]["is_enrolled"]["type"] == "boolean"


@pytest.mark.parametrize(
    ("shape", "member"), [("UserAuthentication", "reason"), ("ImportItem", "result")]
)
def test_what_is_null_at_first_is_so_in_the_schema(schema, shape, member):
    described = schema["components"]["schemas"][shape]["properties"][member]
    kinds = [kind.get("$ref", "") for kind in described.get("oneOf", [])]
    assert "null" in described.get("type", []) or "#/components/schemas/NullEnum" in kinds


@pytest.mark.parametrize("shape", ["UserAnswer", "Member", "UserAuthentication", "ImportItem"])
def test_members_are_described_for_callers(schema, shape):
    for name, member in schema["components"]["schemas"][shape]["properties"].items():
        assert not member.get("description", "").startswith("Return"), name
