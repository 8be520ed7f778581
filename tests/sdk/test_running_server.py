"""The SDK against a running server whose engine is scripted."""

import json
import time

import pytest

import faceplatform_sdk as sdk
from faceplatform_sdk import models
from faceplatform_sdk.results import ResultVerifier
from tests.deployment.scripted import ScriptedServer
from tests.imports import people
from tests.imports.importing import archive


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    server = ScriptedServer(folder, DJANGO_SETTINGS_MODULE="tests.imports.server_settings")
    server.migrate()
    server.start()
    yield server
    server.kill()


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="module")
def credentials(server):
    said = server.manage("create_client", "acme", "--json", "--policy", '{"probe_frames": 1}')
    return json.loads(said)


@pytest.fixture
def client(server, credentials, clock):
    key = credentials
    with sdk.Client(
        f"http://127.0.0.1:{server.port}", key["api_key"], key["api_secret"], clock=clock
    ) as client:
        yield client


def test_a_person_from_enrollment_to_erasure(client):
    enrolled = client.enroll("ada/1", [people.image(1, n) for n in range(9)], target_samples=2)
    assert (enrolled.enrolled, enrolled.reason, len(enrolled.answers)) == (True, "enrolled", 2)
    verified = client.verify("ada/1", people.image(1, 20), nonce="n-1")
    assert verified.matched
    assert verified.similarity_score > 0.5
    refused = client.verify("ada/1", people.image(2, 20))
    assert (refused.matched, refused.reason) == (False, "no_match")

    group = client.groups.create("night shift")
    assert client.groups.add_members(group.id, ["ada/1"]).added == 1
    assert [member.user_id for member in client.groups.members(group.id)] == ["ada/1"]
    assert client.identify(people.image(1, 21), group=group.id).user_id == "ada/1"
    client.groups.remove_member(group.id, "ada/1")
    assert client.identify(people.image(1, 22), group=group.id).user_id is None
    client.groups.delete(group.id)
    with pytest.raises(sdk.NotFound):
        client.groups.read(group.id)

    verifier = ResultVerifier(client._transport.base_url, str(client.info().client.client_id))
    token = client.sessions.signed_result(verified.session_token).result_token
    assert verifier.verify(token, nonce="n-1")["sub"] == "ada/1"
    for wrong in (
        lambda: verifier.verify(token, nonce="n-2"),
        lambda: verifier.verify(token[:-4] + "AAAA", nonce="n-1"),
    ):
        with pytest.raises(sdk.ResultRejected):
            wrong()

    assert client.users.read("ada/1").is_enrolled
    assert client.users.change("ada/1", display_name="Ada").display_name == "Ada"
    assert client.users.deactivate("ada/1").is_active is False
    assert client.users.activate("ada/1").is_active
    client.users.unlock("ada/1")
    assert [each.status for each in client.users.enrollments("ada/1")] == ["completed"]
    assert len(list(client.users.authentications("ada/1"))) == 3
    (enrollment,) = client.enrollments.list(user_id="ada/1")
    client.enrollments.remove(enrollment.enrollment_id)
    assert client.users.erase("ada/1").erased == "user"
    with pytest.raises(sdk.NotFound) as caught:
        client.users.read("ada/1")
    assert caught.value.code == "user_not_found"


def test_a_session_step_by_step(client):
    opened = client.sessions.open_enrollment("eve", target_samples=2)
    answer = client.sessions.send_frame(opened.session_token, people.image(3, 1), frame_number=1)
    assert (answer.kind, answer.frame_accepted, answer.frame_number) == ("enrollment", True, 1)
    assert client.sessions.read(opened.session_token).frames_received == 1
    assert client.sessions.cancel(opened.session_token).status == "cancelled"
    with pytest.raises(sdk.Conflict) as caught:
        client.sessions.send_frame(opened.session_token, people.image(3, 2))
    assert caught.value.code == "session_finished"
    assert caught.value.members["session_status"] == "cancelled"


def test_an_import_with_its_progress(client):
    file = archive({f"import-{n}.png": people.image(10 + n, 1) for n in range(3)})
    told = []
    started = client.imports.start(file, target_samples=1)
    ended = client.imports.wait(started.id, on_progress=told.append, every=0.1, timeout=60)
    assert (ended.status, ended.results.enrolled) == ("completed", 3)
    assert told[-1] == ended
    assert [item.result for item in client.imports.items(started.id)] == ["enrolled"] * 3
    assert [each.id for each in client.imports.list()] == [started.id]


def test_lists_go_on_page_after_page(client):
    for number in range(3):
        client.users.create(f"page-{number}")
    pages = client._transport.pages(
        models.UserAnswer, "/api/clients/users/", {"page_size": 1, "ordering": "user_id"}
    )
    found = [user.user_id for user in pages]
    assert [user_id for user_id in found if user_id.startswith("page-")] == [
        "page-0",
        "page-1",
        "page-2",
    ]


def test_tokens_are_refreshed_and_replaced(client, clock):
    client.info()
    for ahead in (850, 1700):
        clock.ahead = ahead
        assert client.info().client.name == "acme"
    client.request("POST", "/api/core/auth/token/revoke/", json={"token": _access(client)})
    assert client.info().client.name == "acme"


def _access(client):
    return client._transport._tokens._access


def test_faults_of_fields(client):
    with pytest.raises(sdk.BadRequest) as caught:
        client.enroll("x" * 151, people.image(1, 1))
    assert caught.value.code == "validation_failed"
    assert list(caught.value.fields) == ["user_id"]
    assert caught.value.request_id


def test_a_call_goes_on_when_the_server_is_back(server, credentials):
    """The wait before the second attempt starts the server: nothing sleeps. The killed one's port
    may answer a moment longer, and cost one attempt more."""
    waits = []

    def restart(seconds):
        waits.append(seconds)
        if len(waits) == 1:
            server.start()

    key = credentials
    with sdk.Client(
        f"http://127.0.0.1:{server.port}", key["api_key"], key["api_secret"], sleep=restart
    ) as client:
        client.info()
        server.kill()
        assert client.users.create("back").user_id == "back"
    assert len(waits) in {1, 2}


def test_wrong_keys(server):
    with (
        sdk.Client(f"http://127.0.0.1:{server.port}", "fpk_wrong", "fps_wrong") as client,
        pytest.raises(sdk.Unauthorized) as caught,
    ):
        client.info()
    assert caught.value.code == "authentication_failed"
