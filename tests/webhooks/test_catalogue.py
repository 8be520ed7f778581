"""The published catalogue: complete, the same in API and OpenAPI document, true to what is sent."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from faceplatform import events
from tests.system.test_schema import LEGACY_GENERATOR, generated
from tests.webhooks.receiving import bodies, types
from webhooks.catalogue import PATTERNS, EventType
from webhooks.messages import _messages
from webhooks.models import Delivery
from webhooks.payloads import BODIES, DATA
from webhooks.reference import DESCRIPTIONS, REFERENCES, Reference, published
from webhooks.samples import SAMPLES

EVENTS = "/api/webhooks/events/"
# Words of members that would carry what may never be told.
FORBIDDEN = {"image", "embedding", "vector", "template", "token", "secret", "fingerprint", "nonce"}


@pytest.fixture(scope="module")
def document(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        return generated()


def members(schema) -> set[str]:
    """Return the names of all members that a schema has, at any depth."""
    if isinstance(schema, list):
        return {name for each in schema for name in members(each)}
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {}))
    return own.union(*(members(each) for each in schema.values()))


@pytest.mark.parametrize("table", [DATA, BODIES, DESCRIPTIONS, SAMPLES])
def test_every_type_is_described(table):
    assert set(table) == set(EventType)


@pytest.mark.django_db
def test_the_api_lists_every_type(api):
    answer = api.http.get(EVENTS)
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert results == published()
    assert [each["event_type"] for each in results] == EventType.values
    for each in results:
        assert {each["event_type"], each["family"]} < PATTERNS
        assert each["description"].endswith(".")
        assert each["example"]["type"] == each["event_type"]


@pytest.mark.parametrize("each", published(), ids=lambda each: each["event_type"])
def test_a_schema_takes_its_example_and_no_other(each):
    schema = each["schema"]
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    validator.validate(each["example"])
    assert not validator.is_valid({**each["example"], "type": "other.type"})
    for name in ("type", "timestamp", "data"):
        assert not validator.is_valid({k: v for k, v in each["example"].items() if k != name})
    for name in each["example"]["data"]:
        less = {k: v for k, v in each["example"]["data"].items() if k != name}
        assert not validator.is_valid({**each["example"], "data": less}), name


@pytest.mark.parametrize("each", published(), ids=lambda each: each["event_type"])
def test_a_later_version_may_add_members(each):
    more = {**each["example"], "data": {**each["example"]["data"], "new_in_the_next_version": 1}}
    Draft202012Validator(each["schema"]).validate(more)


@pytest.mark.parametrize("each", published(), ids=lambda each: each["event_type"])
def test_no_member_carries_biometric_data_or_a_secret(each):
    words = {word for name in members(each["schema"]) for word in name.split("_")}
    assert "timestamp" in words
    assert words & FORBIDDEN == set()


def test_the_openapi_document_has_the_same_webhooks(document):
    assert document["openapi"] == "3.1.0"
    assert set(document["webhooks"]) == set(EventType.values)
    for each in published():
        operation = document["webhooks"][each["event_type"]]["post"]
        content = operation["requestBody"]["content"]["application/json"]
        assert content["examples"]["Event"]["value"] == each["example"]
        assert operation["description"] == each["description"]
        name = content["schema"]["$ref"].removeprefix("#/components/schemas/")
        whole = {**content["schema"], "components": document["components"]}
        validator = Draft202012Validator(whole, format_checker=FormatChecker())
        validator.validate(each["example"])
        assert not validator.is_valid({**each["example"], "type": "other.type"})
        assert document["components"]["schemas"][name]["required"] == each["schema"]["required"]


@pytest.mark.django_db
def test_the_document_of_the_older_apis_has_none(settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"000": "demo"}
    assert "webhooks" not in generated(generator_class=LEGACY_GENERATOR)


@pytest.mark.django_db
def test_the_largest_metadata_fits(api, endpoint):
    """4096 characters as JSON, and an id of 150 with four bytes each."""
    metadata = {"note": "x" * (4096 - len('{"note": ""}'))}
    user_id = "\N{GRINNING FACE}" * 150
    assert api.open_enrollment(user_id, metadata=metadata).status_code == 201
    assert api.open_enrollment(user_id, metadata={**metadata, "x": 1}).status_code == 400
    started = bodies(endpoint)[-1]  # which checks the size
    assert started["data"]["metadata"] == metadata
    assert started["data"]["user_id"] == user_id


@pytest.mark.django_db
def test_metadata_arrives_as_it_was_sent(api, endpoint):
    metadata = {"ä": ["☃", 2**64 - 1, -(2**63), 1.5e-7, None, True, {"": {}}], "\u2028": "</"}
    api.open_enrollment("alice", metadata=metadata)
    assert bodies(endpoint)[-1]["data"]["metadata"] == metadata


@pytest.mark.django_db
def test_bodies_are_compact(api, endpoint):
    api.open_enrollment("alice")
    for delivery in Delivery.objects.all():
        compact = json.dumps(json.loads(delivery.body), separators=(",", ":"), ensure_ascii=False)
        assert delivery.body == compact


def test_every_event_is_told_or_known_to_have_no_type():
    """A new event gets a type, or a place here."""
    bases = {events.Event, events.EndpointEvent}
    untold = {
        events.TemplateRemoved,
        events.WebhookEndpointChanged,
        events.ClientChanged,
        events.CaptureLinkChanged,
        events.CaptureLookChanged,
        events.ImportStarted,
        events.ResultExchanged,
        events.UserUnlocked,
        events.AccuracyEvaluated,
        events.AddressUnlocked,
        events.GroupChanged,
        events.SecurityAlertResolved,
        events.DeliveriesChanged,
    }
    classes = {each for each in vars(events).values() if isinstance(each, type)}
    known = {each for each in classes if issubclass(each, events.Event)}
    assert set(_messages.registry) - {object, events.Event} == known - bases - untold


@pytest.mark.django_db
def test_sessions_are_told_of_at_their_end_only(api, stage, endpoint):
    token = api.enrollment_token()
    before = types(endpoint)
    api.post_frame(token, stage.frame())
    api.post_frame(token, stage.frame(faces=0))
    assert types(endpoint) == before


def test_the_chapter_has_the_same_table():
    rows = [f"| `{each.type}` | {members_of(each)} | {each.description} |" for each in REFERENCES]
    chapter = (Path(__file__).parents[2] / "docs/webhooks.md").read_text()
    table = chapter.partition("| type | data | sent when |\n|---|---|---|\n")[2]
    assert table.partition("\n\n")[0].splitlines() == rows


def members_of(each: Reference) -> str:
    return ", ".join(f"`{name}`" for name in DATA[each.event_type].model_fields)
