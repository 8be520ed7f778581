"""The `data` of each type of event. One class is the definition: its schema is published, its
instances are sent. Members are named as the API names them."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, GetPydanticSchema, create_model
from pydantic_core import core_schema

from faceplatform.events import CredentialChange, ImportEnd
from faceplatform.sessions.models import OPEN_STATUSES, CaptureType, SessionStatus
from webhooks.catalogue import EventType
from webhooks.health import DisabledReason


def _one_of(values: Iterable[str]) -> GetPydanticSchema:
    """Return the mark of a member that has one of these values: those of the enum that the product
    itself writes, so that no value lacks here."""
    schema = core_schema.literal_schema([str(value) for value in values])
    return GetPydanticSchema(lambda _source, _handler: schema)


EnrollmentId = Annotated[UUID, Field(description="Id of the enrollment.")]
SessionId = Annotated[
    UUID,
    Field(description="Id of the session, as in a signed result. An enrollment's `enrollment_id`."),
]
UserId = Annotated[str, Field(description="Your own id of the user.")]
FrameSource = Annotated[str, _one_of(CaptureType), Field(description="Source of the frames.")]
Source = Annotated[
    str,
    Field(
        description="API that the session was opened through: `api`, `import`, or the name of an "
        "older API, such as `legacy_003`."
    ),
]
Metadata = Annotated[
    Mapping[str, Any], Field(description="The JSON object that the session was opened with.")
]
Status = Annotated[
    str,
    _one_of(each for each in SessionStatus if each not in OPEN_STATUSES),
    Field(description="Final status of the session."),
]
Reason = Annotated[
    str,
    Field(description="Stable code of why it ended, as in the API. A later version may add codes."),
]
Count = Annotated[int, Field(ge=0)]
Score = Annotated[float, Field(ge=0, le=1)]
FalseMatchRate = Annotated[
    float, Field(gt=0, le=1, description="Operating point: the false match rate asked for.")
]
EndpointId = Annotated[UUID, Field(description="Id of the endpoint.")]
EndpointName = Annotated[str, Field(description="Name that you gave the endpoint.")]


def _leave_room(schema: dict[str, Any]) -> None:
    """Let receivers take bodies of later versions, which may have more members."""
    del schema["additionalProperties"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_leave_room)


class Data(_Part):
    """Base of all. No image, embedding, token or secret is ever a member."""


class _OfEnrollment(Data):
    enrollment_id: EnrollmentId
    user_id: UserId


class EnrollmentStartedData(_OfEnrollment):
    """An enrollment was opened."""

    capture_type: FrameSource
    source: Source
    metadata: Metadata
    created_at: datetime
    expires_at: datetime = Field(description="When it ends at the latest.")


class _EndedData(Data):
    status: Status
    reason: Reason
    capture_type: FrameSource
    source: Source
    metadata: Metadata
    frames_received: Count
    spoof_frames: Count = Field(description="Frames suspected as spoof.")
    quality_score: Score | None = Field(description="Mean of the samples it ended with.")
    liveness_score: Score | None = Field(
        description="Theirs, fused: the mean of their log-odds; null without a check."
    )
    liveness_methods: list[str] = Field(description="The checks that the session had to pass.")
    liveness_verified: bool | None = Field(
        description="It succeeded, and all of them ran and passed, on these samples; null "
        "without any."
    )
    false_match_rate: FalseMatchRate
    created_at: datetime
    finished_at: datetime


class EnrollmentEndedData(_EndedData, _OfEnrollment):
    """An enrollment ended."""

    duplicate_suspected: bool = Field(
        description="Another user has this face, and the policy only flags that."
    )


class EventMatchedUser(_Part):
    """The user that an authentication recognized."""

    user_id: UserId


class _OfAuthentication(Data):
    session_id: SessionId
    session_type: Literal["verification", "identification"]
    user_id: UserId | None = Field(description="The user to verify; null in an identification.")
    result: Literal["success", "failure"] | None = Field(
        description="Null of a session that expired or was cancelled."
    )
    matched_user: EventMatchedUser | None
    similarity_score: Score | None = Field(
        description="0.5 at a false match rate of one in a thousand; null without a comparison."
    )


class AuthenticationEndedData(_EndedData, _OfAuthentication):
    """An authentication ended."""


class LivenessFailedData(Data):
    """A session ended without success because spoofs were suspected."""

    kind: Literal["enrollment", "authentication"]
    session_id: SessionId
    user_id: UserId | None = Field(
        description="The user that the session was opened for; null in an identification."
    )
    reason: Reason
    capture_type: FrameSource
    source: Source
    metadata: Metadata
    frames_received: Count
    spoof_frames: Count = Field(description="Frames suspected as spoof.")


class SubjectData(Data):
    """Something happened to a user."""

    user_id: UserId


class SubjectUpdatedData(SubjectData):
    """Something recorded about a user was changed."""

    changed: tuple[str, ...] = Field(description="Names of the changed members.")


class SubjectLockedData(SubjectData):
    """A user was locked."""

    failed_attempts: Count = Field(description="Failed verifications in a row.")


class SubjectErasedData(Data):
    """A user was erased."""

    user_id: UserId | None = Field(
        description="Erase your own data about the user. Null in a delivery that is repeated after "
        "it ended: this service has forgotten the id by then."
    )
    receipt_id: UUID = Field(description="Id of the receipt of the erasure.")


class ImportCompletedData(Data):
    """An import ended."""

    import_id: UUID
    status: Annotated[str, _one_of(ImportEnd)]
    reason: str | None = Field(description="Stable code of why it failed; null if it did not.")
    total: Count = Field(description="Number of its items.")
    results: Mapping[str, Count] = Field(
        description="Number of items that ended with each result, as in `GET "
        "/api/clients/imports/{id}/`."
    )


class SecurityAlertData(Data):
    """Something happened that a security officer should look at."""

    alert: str = Field(description="Stable code. A later version may add codes.")
    detail: Mapping[str, Any] = Field(description="Further facts, which depend on the alert.")


class CredentialsChangedData(Data):
    """A credential was issued or revoked, or its expiry, scopes or name were set."""

    credential_id: UUID = Field(description="Id of the API key; after a rotation, of the new one.")
    change: Annotated[str, _one_of(CredentialChange)]
    changed_by: UUID | None = Field(
        description="Id of the API key that asked for it; null for the operator."
    )


class EndpointFailingData(Data):
    """Deliveries to an endpoint fail."""

    endpoint_id: EndpointId
    endpoint_name: EndpointName
    failing_since: datetime = Field(description="First failure after the last success.")


class EndpointDisabledData(Data):
    """An endpoint was disabled."""

    endpoint_id: EndpointId
    endpoint_name: EndpointName
    reason: Annotated[str, _one_of(DisabledReason)] = Field(
        description="`failing`: days of nothing but failures. `gone`: it answered 410."
    )


class AttemptsExhaustedData(Data):
    """Every attempt of a delivery failed."""

    endpoint_id: EndpointId
    endpoint_name: EndpointName
    message_id: str = Field(description="The header `webhook-id` of that delivery.")
    event_type: str = Field(description="Its type.")


class TrialData(Data):
    """The test that you asked for."""

    endpoint_id: EndpointId
    endpoint_name: EndpointName


class Body(_Part):
    """The body of a request, as the Standard Webhooks specification has it."""

    type: str
    timestamp: datetime = Field(description="When it happened.")
    sandbox: bool = Field(
        description="True for a sandbox client: the outcome is scripted, and about nobody's face."
    )
    data: Data

    def text(self) -> str:
        """Return it as compact JSON."""
        return self.model_dump_json()


DATA: dict[EventType, type[Data]] = {
    EventType.ENROLLMENT_STARTED: EnrollmentStartedData,
    EventType.ENROLLMENT_COMPLETED: EnrollmentEndedData,
    EventType.ENROLLMENT_FAILED: EnrollmentEndedData,
    EventType.ENROLLMENT_EXPIRED: EnrollmentEndedData,
    EventType.AUTHENTICATION_SUCCEEDED: AuthenticationEndedData,
    EventType.AUTHENTICATION_FAILED: AuthenticationEndedData,
    EventType.AUTHENTICATION_EXPIRED: AuthenticationEndedData,
    EventType.LIVENESS_FAILED: LivenessFailedData,
    EventType.SUBJECT_CREATED: SubjectData,
    EventType.SUBJECT_UPDATED: SubjectUpdatedData,
    EventType.SUBJECT_DEACTIVATED: SubjectData,
    EventType.SUBJECT_ACTIVATED: SubjectData,
    EventType.SUBJECT_ERASED: SubjectErasedData,
    EventType.SUBJECT_LOCKED: SubjectLockedData,
    EventType.IMPORT_COMPLETED: ImportCompletedData,
    EventType.SECURITY_ALERT: SecurityAlertData,
    EventType.CREDENTIALS_CHANGED: CredentialsChangedData,
    EventType.ENDPOINT_FAILING: EndpointFailingData,
    EventType.ENDPOINT_DISABLED: EndpointDisabledData,
    EventType.ATTEMPTS_EXHAUSTED: AttemptsExhaustedData,
    EventType.TEST: TrialData,
}


def _model(event_type: EventType) -> type[Body]:
    name = "".join(part.capitalize() for part in re.split(r"[._]", event_type.value))
    only_value: Any = Literal[event_type.value]
    return create_model(
        f"{name}Event",
        __base__=Body,
        type=(only_value, ...),
        data=(DATA[event_type], ...),
    )


# The class of each type's body.
BODIES: dict[EventType, type[Body]] = {each: _model(each) for each in EventType}


def body_of(event_type: EventType, *, at: datetime, data: Data, sandbox: bool) -> str:
    """Return the body of a message, as it is signed and sent."""
    make = BODIES[event_type]
    return make(type=event_type.value, timestamp=at, sandbox=sandbox, data=data).text()
