"""Whole sessions in one call."""

import asyncio
import io

import pytest

import faceplatform_sdk as sdk
from tests.sdk.scripted import async_client, ok, problem

ID = "ad9cd350-2b93-4b0e-a125-3c1798589923"


def opened(**more):
    return ok(
        {
            "session_token": "fst_token",
            "enrollment_id": ID,
            "session_id": ID,
            "session_type": "verification",
            "status": "pending",
            "capture_type": "api",
            "target_samples": 2,
            "expires_at": "2026-11-24T08:15:00Z",
            "message": "",
            "liveness_methods": [],
            "challenge": None,
            **more,
        }
    )


def frame(kind, reason, *, status="processing", **more):
    own = {
        "enrollment": {
            "enrollment_id": ID,
            "enrollment_complete": status == "completed",
            "enrollment_progress": 50.0,
            "duplicate_suspected": False,
            "target_samples": 2,
        },
        "authentication": {
            "session_type": "verification",
            "result": None,
            "matched_user": None,
            "similarity_score": None,
            "error": None,
        },
    }[kind]
    return ok(
        {
            "kind": kind,
            "success": True,
            "frame_accepted": True,
            "reason": reason,
            "advice": "Advice.",
            "message": "",
            "request_id": "r",
            "session_status": status,
            "samples_collected": 1,
            "requires_more_frames": status == "processing",
            "quality_score": 0.9,
            "liveness_score": None,
            "liveness_verified": None,
            "liveness_methods": [],
            "challenge": None,
            "face": None,
            **own,
            **more,
        }
    )


def cancelled():
    return ok(
        {
            "kind": "enrollment",
            "session_type": "enrollment",
            "capture_type": "api",
            "status": "cancelled",
            "reason": "cancelled",
            "user_id": "alice",
            "created_at": "2026-11-24T08:15:00Z",
            "expires_at": "2026-11-24T08:15:00Z",
            "finished_at": "2026-11-24T08:15:00Z",
            "frames_received": 1,
            "samples_collected": 1,
            "liveness_methods": [],
            "liveness_nets": [],
            "metadata": {},
            "challenge": None,
        }
    )


def calls(service):
    return [f"{request.method} {request.url.path}" for request in service.seen]


OPEN_ENROLLMENT = "POST /api/auth/enrollment/"
OPEN_AUTHENTICATION = "POST /api/auth/authentication/"
FRAME = "POST /api/auth/process-image/"
CANCEL = "DELETE /api/auth/sessions/current/"


def test_frames_are_sent_until_the_session_ends(client, service, tmp_path):
    path = tmp_path / "frame.jpg"
    path.write_bytes(b"of a path")
    service.answers = [
        opened(),
        frame("enrollment", "blurred", frame_accepted=False),
        frame("enrollment", "accepted"),
        frame("enrollment", "enrolled", status="completed"),
    ]
    told = []
    outcome = client.enroll(
        "alice",
        [b"of bytes", str(path), io.BytesIO(b"of a file"), b"left"],
        on_answer=told.append,
        target_samples=2,
        metadata={"gate": 4},
    )
    assert (outcome.enrolled, outcome.reason) == (True, "enrolled")
    assert outcome.enrollment_id == ID
    assert [answer.reason for answer in told] == ["blurred", "accepted", "enrolled"]
    assert tuple(told) == outcome.answers
    assert calls(service) == [OPEN_ENROLLMENT, FRAME, FRAME, FRAME]
    bodies = [request.content for request in service.seen[1:]]
    for number, (body, sent) in enumerate(zip(bodies, ["bytes", "a path", "a file"], strict=True)):
        assert f"of {sent}".encode() in body
        assert f'name="frame_number"\r\n\r\n{number + 1}\r\n'.encode() in body
    assert service.seen[0].read() == (
        b'{"capture_type":"api","target_samples":2,"metadata":{"gate":4},"user_id":"alice"}'
    )


def test_a_session_without_further_frames_is_cancelled(client, service):
    service.answers = [opened(), frame("authentication", "undecided"), cancelled()]
    outcome = client.verify("alice", b"one")
    assert (outcome.matched, outcome.user_id, outcome.reason) == (False, None, "undecided")
    assert calls(service) == [OPEN_AUTHENTICATION, FRAME, CANCEL]
    assert service.seen[-1].headers["X-Session-Token"] == "fst_token"


def test_an_identification_in_a_group(client, service):
    matched = frame(
        "authentication",
        "matched",
        status="completed",
        result="success",
        matched_user={"user_id": "alice"},
        similarity_score=0.8,
    )
    service.answers = [opened(), matched]
    outcome = client.identify([b"one"], group=ID)
    assert (outcome.matched, outcome.user_id, outcome.similarity_score) == (True, "alice", 0.8)
    assert b'"group":"' + ID.encode() in service.seen[0].content
    assert b"user_id" not in service.seen[0].content


def test_a_code_that_a_later_version_adds(client, service):
    service.answers = [opened(), frame("authentication", "upside_down", status="completed", new=1)]
    assert client.verify("alice", b"one").reason == "upside_down"


def test_no_frame_opens_no_session(client, service):
    with pytest.raises(ValueError, match="no frame"):
        client.enroll("alice", [])
    assert not service.seen


def test_an_iterator_without_a_frame_ends_the_session(client, service):
    service.answers = [opened(), cancelled()]
    with pytest.raises(ValueError, match="no frame"):
        client.enroll("alice", iter([]))
    assert calls(service) == [OPEN_ENROLLMENT, CANCEL]


def test_an_unusable_image_ends_the_session(client, service):
    service.answers = [opened(), problem(400, "image_unreadable"), cancelled()]
    with pytest.raises(sdk.BadRequest) as caught:
        client.enroll("alice", b"no image")
    assert caught.value.code == "image_unreadable"
    assert calls(service) == [OPEN_ENROLLMENT, FRAME, CANCEL]


def test_an_error_that_ended_the_session(client, service):
    ended = problem(409, "duplicate_face", session_status="failed", reason="duplicate_face")
    service.answers = [opened(), ended]
    with pytest.raises(sdk.Conflict) as caught:
        client.enroll("alice", b"one")
    assert caught.value.code == "duplicate_face"
    assert calls(service) == [OPEN_ENROLLMENT, FRAME]


def test_a_cancellation_that_fails_is_a_note_of_the_error(client, service):
    service.answers = [
        opened(),
        problem(400, "image_unreadable"),
        problem(404, "session_not_found"),
    ]
    with pytest.raises(sdk.BadRequest) as caught:
        client.enroll("alice", b"one")
    assert "session_not_found" in caught.value.__notes__[0]


def test_a_link_to_the_capture_page_is_passed_through(client, service):
    link = {"return_url": "https://shop.example.com/done", "language": "fr"}
    told = {"capture_url": "https://faces.example.com/capture/once"}
    service.answers = [opened(**told), ok(told)]
    answer = client.sessions.open_enrollment("alice", capture_type="mobile", capture_link=link)
    assert answer.capture_url == told["capture_url"]
    assert "once" not in repr(answer)
    assert b'"capture_link":{"return_url":' in service.seen[0].content
    assert client.sessions.link("fst_token", **link) == told
    assert calls(service)[1] == "POST /api/auth/sessions/current/link/"


def test_async_frames(service):
    """A camera that is read as the answers come."""
    service.answers = [
        opened(),
        frame("enrollment", "accepted"),
        frame("enrollment", "enrolled", status="completed"),
    ]

    async def camera():
        for number in range(9):
            yield b"%d" % number

    async def enroll():
        async with async_client(service) as client:
            return await client.enroll("alice", camera())

    assert len(asyncio.run(enroll()).answers) == 2
