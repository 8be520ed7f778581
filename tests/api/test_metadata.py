"""Metadata: a JSON object of the caller's, kept unchanged, limited in size and depth."""

import json

import pytest
from rest_framework.serializers import DictField

from tests.stage import problem

pytestmark = pytest.mark.django_db
URLS = ["/api/auth/enrollment/", "/api/auth/authentication/"]


def open_with(api, text: str, url: str = URLS[0]):
    """Open with metadata as JSON text, which may be more than Python objects can express."""
    user = '"user_id": "alice", ' if url == URLS[0] else ""
    body = f'{{{user}"session_type": "api", "metadata": {text}}}'
    return api.http.post(url, body, content_type="application/json")


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"device_info": "Chrome on macOS"},
        {"Ünïcödé": "日本語 🙂", "": "empty name"},
        {"nested": {"list": [1, 2.5, None, True, {"deep": []}]}},
        {"number": 12345678901234567890, "tiny": 1e-300},
        {"nul": "\x00", "control": "\x1f\x7f", "html": "<script>"},
        {"user_id": "bob", "status": "completed"},
    ],
)
def test_it_is_kept_as_it_is(api, stage, url, metadata):
    answer = open_with(api, json.dumps(metadata), url)
    assert answer.status_code == 201
    assert api.session(answer.json()["session_token"]).json()["metadata"] == metadata


def test_it_is_in_the_list_of_enrollments(api, stage):
    open_with(api, '{"note": "🙂"}')
    listed = api.http.get("/api/auth/enrollments/").json()["results"]
    assert listed[0]["metadata"] == {"note": "🙂"}


def test_left_out_it_is_empty(api, stage):
    assert api.session(api.enrollment_token()).json()["metadata"] == {}


@pytest.mark.parametrize("text", ["[]", '"text"', "7", "true", "null", "[{}]"])
@pytest.mark.parametrize("url", URLS)
def test_what_is_no_object(api, stage, url, text):
    assert set(problem(open_with(api, text, url), 400, "validation_failed")["errors"]) == {
        "metadata"
    }


@pytest.mark.parametrize("url", URLS)
def test_its_size_is_bounded(api, stage, url):
    fits = json.dumps({"a": "x" * (4096 - len('{"a": ""}'))})
    assert open_with(api, fits, url).status_code == 201
    errors = problem(open_with(api, fits.replace("xx", "xxx", 1), url), 400, "validation_failed")
    assert errors["errors"]["metadata"][0]["code"] == "too_large"


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("depth", [40, 1000, 2500])
@pytest.mark.parametrize("brackets", [('{"a":', "}"), ("[", "]")])
def test_nested_too_deeply(api, stage, url, depth, brackets):
    text = brackets[0] * depth + "1" + brackets[1] * depth
    problem(open_with(api, f'{{"a": {text}}}', url), 400, "malformed")


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize(
    "text", ['{"a": 1e999}', '{"a": NaN}', '{"a": -Infinity}', '{"a": %s}' % ("9" * 5000)]
)
def test_numbers_that_no_json_holds(api, stage, url, text):
    problem(open_with(api, text, url), 400, "malformed")


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("text", [r'{"a": "\ud800"}', r'{"\udfff": 1}', r'{"a": ["\ud83d"]}'])
def test_half_a_character(api, stage, url, text):
    problem(open_with(api, text, url), 400, "malformed")


@pytest.mark.parametrize("key", ["a", "idempotent"])
def test_bad_metadata_under_an_idempotency_key(api, stage, key):
    for text in ('{"a": 1e999}', r'{"\ud800": 1}', "[" * 1000, '{"a":' * 500 + "1" + "}" * 500):
        body = f'{{"user_id": "alice", "session_type": "api", "metadata": {text}}}'
        answer = api.http.post(
            URLS[0], body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=key
        )
        problem(answer, 400, "malformed")


@pytest.mark.parametrize("number", [2**64 - 1, -(2**63)])
def test_whole_numbers_of_64_bits_are_kept(api, stage, number):
    token = open_with(api, json.dumps({"number": number})).json()["session_token"]
    assert api.session(token).json()["metadata"] == {"number": number}


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**400])
def test_larger_ones_are_refused(api, stage, number):
    """MySQL would round them, or refuse the row."""
    answer = open_with(api, json.dumps({"nested": [{"deep": number}]}))
    errors = problem(answer, 400, "validation_failed")["errors"]
    assert errors["metadata"][0]["code"] == "number_too_large"


def test_of_many_members_none_is_looked_at(api, stage, monkeypatch):
    """For as many as fit into a body, the base class takes seconds."""

    def look(*_):
        raise AssertionError("a member of what is too large")

    monkeypatch.setattr(DictField, "run_child_validation", look)
    many = json.dumps({f"member {number}": 1 for number in range(500)})
    errors = problem(open_with(api, many), 400, "validation_failed")["errors"]
    assert errors["metadata"][0]["code"] == "too_large"
