"""Users and imports: addresses, bodies, progress."""

from datetime import UTC, datetime

import pytest

import faceplatform_sdk as sdk
from clients.users.addresses import user_id_of
from faceplatform_sdk._calls import user_segment
from tests.clients.test_users_addresses import NASTY
from tests.sdk.scripted import ok

ID = "00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize("user_id", NASTY)
def test_the_address_of_every_id_is_plain_and_leads_back(user_id):
    segment = user_segment(user_id)
    assert segment.isascii()
    assert not set(segment) & set("/%?#\\ ")
    assert segment not in {".", "..", "import", "imports"}
    assert user_id_of(segment) == user_id


def user(**more):
    return ok(
        {
            "id": ID,
            "user_id": "alice",
            "path": "/api/clients/users/alice/",
            "display_name": "",
            "metadata": {},
            "consent": None,
            "expires_at": None,
            "created_at": "2026-11-01T00:00:00Z",
            "is_active": True,
            "is_enrolled": False,
            "lockout": {"consecutive_failures": 0, "locked_until": None, "is_locked": False},
            **more,
        }
    )


def test_times_are_sent_with_their_zone_and_nulls_as_nulls(client, service):
    service.answers = [user()]
    at = datetime(2027, 1, 1, tzinfo=UTC)
    client.users.change("a/b", expires_at=at, consent=None)
    (request,) = service.seen
    assert (request.method, request.url.path) == ("PATCH", "/api/clients/users/~YS9i/")
    assert request.content == b'{"expires_at":"2027-01-01T00:00:00Z","consent":null}'


def test_a_time_without_a_zone_is_refused(client, service):
    with pytest.raises(ValueError, match="time zone"):
        client.users.change("alice", expires_at=datetime(2027, 1, 1))  # noqa: DTZ001
    assert not service.seen


def imported(processed, status):
    return ok(
        {
            "id": ID,
            "status": status,
            "reason": None,
            "total": 3,
            "processed": processed,
            "ignored_files": 0,
            "results": dict.fromkeys(
                ("enrolled", "created", "skipped", "duplicate", "refused", "failed"), 0
            ),
            "skip_enrolled": True,
            "target_samples": None,
            "created_at": "2026-11-01T00:00:00Z",
            "started_at": None,
            "finished_at": None,
        }
    )


def test_an_import_is_sent_with_its_name_and_followed(client, service, tmp_path):
    file = tmp_path / "faces.zip"
    file.write_bytes(b"PK of images")
    service.answers = [imported(0, "pending"), imported(1, "running"), imported(3, "completed")]
    started = client.imports.start(file, target_samples=3)
    told = []
    ended = client.imports.wait(started.id, on_progress=lambda each: told.append(each.processed))
    assert ended.status == "completed"
    assert told == [1, 3]
    assert service.slept == [2.0]
    body = service.seen[0].content
    for part in (b'filename="faces.zip"', b"PK of images", b"skip_enrolled", b"target_samples"):
        assert part in body


def test_waiting_ends_in_time(client, service):
    service.answers = [imported(1, "running")] * 9
    with pytest.raises(sdk.WaitTimedOut):
        client.imports.wait(ID, every=2, timeout=5)
    assert service.slept == [2, 2]
