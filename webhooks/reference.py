"""The published catalogue: each type of event with its description, an example and a JSON Schema.

Example and schema come from the class whose instances are sent (`webhooks.payloads`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from webhooks.catalogue import EventType
from webhooks.payloads import BODIES, DATA, body_of
from webhooks.samples import AT, SAMPLES

DESCRIPTIONS: Mapping[EventType, str] = {
    EventType.ENROLLMENT_STARTED: "An enrollment was opened, through any API or by an import.",
    EventType.ENROLLMENT_COMPLETED: "An enrollment succeeded: the user has a new template. "
    "`duplicate_suspected` says that another user has this face, and the policy only flags that.",
    EventType.ENROLLMENT_FAILED: "An enrollment ended without a template; `reason` says why, such "
    "as `duplicate_face`, `superseded` or `cancelled`.",
    EventType.ENROLLMENT_EXPIRED: "An enrollment ran out of time.",
    EventType.AUTHENTICATION_SUCCEEDED: "A verification or identification recognized its user.",
    EventType.AUTHENTICATION_FAILED: "A verification or identification recognized nobody, or was "
    "cancelled; `reason` says why.",
    EventType.AUTHENTICATION_EXPIRED: "A verification or identification ran out of time.",
    EventType.LIVENESS_FAILED: "A session of either kind failed in a liveness check: too many of "
    "its frames were suspected spoofs, or its challenge had too many faults (`liveness_failed`); "
    "or one was suspected, and no frames were left (`frame_limit`). The event of the session's end "
    "is sent, too.",
    EventType.SUBJECT_CREATED: "A user was created, by a call of its own or with an enrollment.",
    EventType.SUBJECT_UPDATED: "Something recorded about a user was changed: `changed` names it.",
    EventType.SUBJECT_DEACTIVATED: "A user was deactivated: it neither enrolls nor matches.",
    EventType.SUBJECT_ACTIVATED: "A user was activated again.",
    EventType.SUBJECT_ERASED: "A user was erased with all data. Deliveries of earlier events about "
    "the user are gone, too, sent or not: this is the last one.",
    EventType.SUBJECT_LOCKED: "So many verifications of a user failed that none opens until you "
    "unlock the user.",
    EventType.IMPORT_COMPLETED: "A bulk import ended; `status` says how.",
    EventType.SECURITY_ALERT: "Something happened that a security officer should look at, such as "
    "a refresh token used twice (`refresh_token_reused`) or an address locked after failed "
    "identifications (`address_locked`).",
    EventType.CREDENTIALS_CHANGED: "An API key was issued, rotated or revoked, or its expiry "
    "or scopes were set.",
    EventType.ENDPOINT_FAILING: "Deliveries to another of your endpoints have failed for a day.",
    EventType.ENDPOINT_DISABLED: "Another of your endpoints was disabled: it gets nothing more.",
    EventType.ATTEMPTS_EXHAUSTED: "Every attempt of a delivery to another of your endpoints "
    "failed.",
    EventType.TEST: "You asked for a test of this endpoint. No subscription is needed.",
}


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles that pydantic makes of the members' names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Reference:
    """One type of event as it is published."""

    event_type: EventType

    @property
    def type(self) -> str:
        return self.event_type.value

    @property
    def family(self) -> str:
        return self.event_type.family

    @property
    def description(self) -> str:
        return DESCRIPTIONS[self.event_type]

    @property
    def example(self) -> dict[str, Any]:
        """A whole body."""
        sample = DATA[self.event_type].model_validate(SAMPLES[self.event_type])
        text = body_of(self.event_type, at=AT, data=sample, sandbox=False)
        body: dict[str, Any] = json.loads(text)
        return body

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of a whole body."""
        return BODIES[self.event_type].model_json_schema(
            mode="serialization", schema_generator=_Untitled
        )

    @property
    def component(self) -> str:
        """The name of the schema in the OpenAPI document."""
        return BODIES[self.event_type].__name__


REFERENCES = tuple(Reference(event_type) for event_type in EventType)


@cache
def published() -> list[dict[str, Any]]:
    """Return the catalogue as the API shows it. Treat it as read-only."""
    members = ("event_type", "family", "description", "example", "schema")
    return [{name: getattr(each, name) for name in members} for each in REFERENCES]


def components() -> dict[str, Any]:
    """Return the schemas of all bodies and of their parts, as components of OpenAPI 3.1."""
    _, made = models_json_schema(
        [(BODIES[each.event_type], "serialization") for each in REFERENCES],
        ref_template="#/components/schemas/{model}",
        schema_generator=_Untitled,
    )
    schemas: dict[str, Any] = made["$defs"]
    return schemas
