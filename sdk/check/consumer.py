"""A program of a user of the Python SDK, for mypy and pyright. Nothing runs it."""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_type

from faceplatform_sdk import (
    ApiError,
    AsyncClient,
    AuthenticationOutcome,
    Client,
    EnrollmentOutcome,
    Event,
    Frame,
    Retry,
    TooManyRequests,
    Webhook,
)
from faceplatform_sdk.models import EnrollmentFrameAnswer, Import, UserAnswer


def sync(client: Client) -> None:
    """Use what the documentation shows."""
    frames: list[Frame] = [b"", Path("a.jpg"), "b.jpg"]
    assert_type(client.enroll("ada", frames, target_samples=2), EnrollmentOutcome)
    with Path("c.jpg").open("rb") as file:
        assert_type(client.verify("ada", file, liveness="passive"), AuthenticationOutcome)
    group = client.groups.create("night shift")
    found = client.identify(b"", group=group.id)
    assert_type(found.user_id, str | None)
    opened = client.sessions.open_enrollment("ada", capture_link={"language": "fr"})
    answer = client.sessions.send_frame(opened.session_token, b"")
    if isinstance(answer, EnrollmentFrameAnswer):
        assert_type(answer.enrollment_complete, bool)
    else:
        assert_type(answer.similarity_score, float | None)
    for user in client.users.list(is_enrolled=True):
        assert_type(user, UserAnswer)
    client.users.change("ada", consent=None, expires_at=datetime.now(UTC))
    started = client.imports.start(Path("faces.zip"))
    ended = client.imports.wait(started.id, on_progress=lambda each: print(each.processed))
    assert_type(ended, Import)
    event = Webhook("whsec_AAAA").event({"webhook-id": "a"}, b"{}")
    assert_type(event, Event)
    client.users.change("ada", name="Ada")  # type: ignore[call-arg]
    client.verify("ada", 3)  # type: ignore[arg-type]


def errors(client: Client) -> float | None:
    """Handle errors by class and code."""
    try:
        client.info()
    except TooManyRequests as error:
        return error.retry_after
    except ApiError as error:
        for faults in error.fields.values():
            print(error.code, error.detail, [fault.message for fault in faults])
    return None


async def concurrent() -> None:
    """Use the async client with frames that arrive one by one."""

    async def camera() -> AsyncIterator[bytes]:
        yield b""

    async with AsyncClient("https://a", "key", "secret", retry=Retry(tries=2)) as client:
        assert_type(await client.enroll("ada", camera()), EnrollmentOutcome)
        async for user in client.users.list():
            assert_type(user.is_active, bool)
        print(client.identify(camera()).user_id)  # type: ignore[attr-defined]
