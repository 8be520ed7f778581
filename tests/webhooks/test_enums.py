"""Every value that the product can write is one that an event may tell."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from faceplatform import events
from faceplatform.sessions.models import OPEN_STATUSES, CaptureType, SessionStatus
from faceplatform.sessions.reasons import Reason
from imports.models import UNFINISHED, JobStatus
from tests.webhooks.receiving import bodies
from webhooks.health import DisabledReason

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
ENDED: dict[str, Any] = {
    "session_id": 1,
    "public_id": uuid4(),
    "user_id": "ada",
    "matched_subject_id": None,
    "matched_user_id": None,
    "capture_type": "api",
    "source": "api",
    "metadata": {},
    "status": "completed",
    "reason": "matched",
    "frames_received": 2,
    "frames_accepted": 1,
    "spoof_frames": 1,
    "quality": None,
    "liveness_score": None,
    "liveness_verified": False,
    "similarity": None,
    "duplicate_suspected": False,
    "policy": {},
    "model": "a/1/b",
    "opened_at": AT,
    "stage_milliseconds": {},
}


def sessions() -> Iterator[tuple[type[events.Event], dict[str, Any]]]:
    """Yield a session of either kind for each value of its enums."""
    for kind in ("enrollment", "authentication"):
        told = {**ENDED, "kind": kind}
        for status in set(SessionStatus) - set(OPEN_STATUSES):
            yield events.SessionEnded, {**told, "status": status.value}
        for reason in Reason:
            yield events.SessionEnded, {**told, "reason": reason.value}
        for capture_type in CaptureType:
            yield events.SessionEnded, {**told, "capture_type": capture_type.value}


def others() -> Iterator[tuple[type[events.Event], dict[str, Any]]]:
    """Yield another event for each value of its enum."""
    for change in events.CredentialChange:
        fields = {"credential_id": uuid4(), "change": change, "by": None}
        yield events.CredentialsChanged, fields
    for end in events.ImportEnd:
        job = {"public_id": uuid4(), "reason": "", "total": 0, "results": {}}
        yield events.ImportCompleted, {**job, "status": end}
    for reason in DisabledReason:
        endpoint = {"endpoint_id": uuid4(), "endpoint_name": "other", "reason": reason}
        yield events.EndpointDisabled, endpoint


@pytest.mark.parametrize(
    ("event", "fields"),
    [*sessions(), *others()],
    ids=lambda each: each.__name__ if isinstance(each, type) else "",
)
def test_every_value_is_told(api, endpoint, event, fields):
    events.publish(event(client_id=api.client.pk, subject_id=None, at=AT, **fields))
    assert bodies(endpoint)


def test_an_import_ends_as_the_event_says():
    """The values of `JobStatus` that end one, but the one of an import that nobody has seen."""
    ended = {*JobStatus} - {*UNFINISHED, JobStatus.RECEIVING}
    assert {each.value for each in ended} == {each.value for each in events.ImportEnd}
