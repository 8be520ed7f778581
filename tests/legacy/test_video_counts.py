"""000's videos count for the limits and usage of the client: their frames, or their decoding."""

import re

import pytest

from faceplatform import metering
from faceplatform.api.throttles import CallerThrottle
from faceplatform.engine import registry
from faceplatform.engine.decoding import clip
from faceplatform.engine.decoding.clip_process import Report, Status
from faceplatform.engine.testing import FakeEngine
from faceplatform.errors import EngineBusy
from tests.legacy.caller import Caller, told
from tests.legacy.cast import TEXT_AS_VIDEO, FakeCast
from tests.sessions import clips
from tests.stage import limit

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(api, bind):
    """The client that 000 is bound to, for nobody without credentials."""
    bind(api.client, anonymous=False)
    return api


@pytest.fixture
def cast(stage, tmp_path) -> FakeCast:
    made = FakeCast(stage, tmp_path)
    registry.set_engine(FakeEngine(made.analyze))
    return made


@pytest.fixture
def alice(closed, cast) -> Caller:
    """The client's backend, which has enrolled alice."""
    caller = Caller(Authorization=closed.authorization)
    answer = caller.call("POST /api/enroll?username=alice", files={"cin_file": cast("alice")})
    assert told(answer)["EnrollStatus"] == "APPROVED"
    return caller


@pytest.fixture
def decoder_tells(monkeypatch):
    """Have the decoder tell another time, or another status."""

    def install(**report) -> None:
        clips.make_decoder_tell(monkeypatch, **report)

    return install


@pytest.fixture
def calls(monkeypatch) -> list[metering.Call]:
    made: list[metering.Call] = []
    monkeypatch.setattr(metering, "_recorders", [made.append])
    return made


@pytest.fixture
def counted(alice, api, monkeypatch, calls):
    """Return the frames that the client's limit and its usage have counted, after the answer to
    the only call."""
    monkeypatch.setattr(CallerThrottle, "timer", lambda self: 1_000_000.0)
    limit(api, frames_per_minute=100)

    def count(answer) -> tuple[int, int]:
        (left,) = re.findall(r'"frames";r=(\d+)', answer["RateLimit"])
        return 100 - int(left), sum(call.frames for call in calls)

    return count


def authenticate(caller: Caller, data: bytes, username: str = "alice"):
    return caller.call(f"POST /api/authentificate?username={username}", files={"auth_video": data})


def refusal(answer, status: int) -> str:
    """Assert that an answer is a refusal in the document's form. Return its reason."""
    assert answer.status_code == status, answer.content
    body = told(answer)
    assert {**body, "DecisionReason": ""} == {
        "score": None,
        "Decision": "REJECTED",
        "DecisionReason": "",
    }
    return str(body["DecisionReason"])


@pytest.mark.parametrize(("seconds", "frames"), [(0.4, 1), (10.0, 20)])
def test_a_video_counts_as_no_less_than_its_decoding(
    alice, cast, decoder_tells, counted, seconds, frames
):
    decoder_tells(cpu_seconds=seconds)
    answer = authenticate(alice, cast("alice video"))
    assert told(answer)["DecisionReason"] == "AUTHENTIFICATION_SUCCESS"
    assert counted(answer) == (frames, frames)


@pytest.mark.parametrize(("seconds", "frames"), [(3.9, 8), (10.0, 20)])
def test_nor_as_less_than_the_frames_that_were_measured(
    alice, cast, decoder_tells, counted, seconds, frames
):
    decoder_tells(cpu_seconds=seconds)
    answer = authenticate(alice, cast("three faces video"))
    assert refusal(answer, 200) == "MULTIPLE_FACES"
    assert counted(answer) == (frames, frames)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Status.UNREADABLE, "VIDEO_UNREADABLE"),
        (Status.TOO_LONG, "VIDEO_TOO_LONG"),
        (Status.TOO_MANY_PIXELS, "VIDEO_TOO_LARGE"),
    ],
)
def test_a_refused_video_counts_as_one_and_its_decoding(
    alice, cast, decoder_tells, counted, status, reason
):
    decoder_tells(status=status, cpu_seconds=10.0)
    answer = authenticate(alice, cast("alice video"))
    assert refusal(answer, 200) == reason
    assert counted(answer) == (21, 21)


def test_a_damaged_video_counts_as_one(alice, counted):
    answer = authenticate(alice, TEXT_AS_VIDEO)
    assert refusal(answer, 200) == "VIDEO_UNREADABLE"
    assert counted(answer) == (1, 1)


def test_decoding_counts_for_a_user_who_cannot_be_verified(
    closed, alice, cast, decoder_tells, counted
):
    closed.open_enrollment("bob")
    decoder_tells(cpu_seconds=10.0)
    answer = authenticate(alice, cast("bob video"), "bob")
    assert refusal(answer, 200) == "USER_NOT_ENROLLED"
    assert counted(answer) == (20, 20)


@pytest.mark.parametrize(("seconds", "frames"), [(0.4, 1), (10.0, 20)])
def test_a_busy_engine_does_not_make_decoding_free(
    alice, cast, decoder_tells, counted, seconds, frames
):
    def busy(frame, wants):
        raise EngineBusy(retry_after=2)

    registry.set_engine(FakeEngine(busy))
    decoder_tells(cpu_seconds=seconds)
    answer = authenticate(alice, cast("alice video"))
    assert refusal(answer, 503) == "ENGINE_BUSY"
    assert answer["Retry-After"] == "2"
    assert counted(answer) == (frames, frames)


def test_a_video_that_is_not_decoded_counts_as_a_call(alice, cast, monkeypatch, counted):
    monkeypatch.setattr(clip, "_run", lambda *_: Report(Status.NO_ROOM))
    answer = authenticate(alice, cast("alice video"))
    assert refusal(answer, 503) == "VIDEO_DECODERS_BUSY"
    assert counted(answer) == (1, 0)


def test_the_decoding_before_the_disk_is_full_counts(alice, cast, decoder_tells, counted):
    decoder_tells(status=Status.NO_ROOM, cpu_seconds=10.0)
    answer = authenticate(alice, cast("alice video"))
    assert refusal(answer, 503) == "VIDEO_DECODERS_BUSY"
    assert counted(answer) == (20, 20)


def test_an_image_counts_as_one(alice, cast, counted):
    answer = authenticate(alice, cast("alice"))
    assert told(answer)["Decision"] == "APPROVED"
    assert counted(answer) == (1, 1)


def test_decoding_uses_the_limit_up(alice, cast, decoder_tells, counted):
    decoder_tells(cpu_seconds=15.0)
    video = cast("alice video")
    for _ in range(4):
        assert told(authenticate(alice, video))["Decision"] == "APPROVED"
    answer = authenticate(alice, video)
    assert refusal(answer, 429) == "THROTTLED"
    assert int(answer["Retry-After"]) > 0
    assert counted(answer) == (100, 120)


def test_without_credentials_decoding_counts_for_the_address(
    old, cast, decoder_tells, calls, monkeypatch
):
    monkeypatch.setattr(CallerThrottle, "timer", lambda self: 1_000_000.0)
    monkeypatch.setattr(CallerThrottle, "THROTTLE_RATES", {"caller": "20/min"})
    decoder_tells(status=Status.UNREADABLE, cpu_seconds=10.0)
    video = cast("alice video")
    old.call("POST /api/enroll?username=alice", files={"cin_file": cast("alice")})
    assert refusal(authenticate(old, video), 200) == "VIDEO_UNREADABLE"
    assert refusal(authenticate(old, video), 429) == "THROTTLED"
    assert sum(call.frames for call in calls) == 1 + 21
