"""A video in place of an image: its frames take the line of single ones, and hostile clips none."""

import os
import re
import resource
import signal
import subprocess
from dataclasses import replace

import cv2
import numpy as np
import pytest
from django.core.cache import cache

from enrollment.models import EnrollmentSession
from faceplatform import metering
from faceplatform.api.throttles import CallerThrottle
from faceplatform.engine import registry
from faceplatform.engine import testing as fake
from faceplatform.engine.decoding import clip as decoding
from faceplatform.engine.decoding import clip_process
from faceplatform.engine.decoding.clip_process import Report, Status
from faceplatform.engine.testing import FakeEngine
from faceplatform.engine.types import Track
from faceplatform.errors import EngineBusy
from faceplatform.sessions import clips as taking
from tests import pictures
from tests.legacy import cast
from tests.sessions import clips
from tests.stage import browser, limit, problem, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> bytes:
    """Return eight pictures in 1.6 seconds."""
    return clips.brightening(tmp_path_factory.mktemp("clip"))


class Shown:
    """A script by number of the frame, and the brightness of each frame that was measured."""

    def __init__(self, *shown: dict) -> None:
        self._shown = shown
        self.brightness: list[float] = []

    def __call__(self, frame, wants):
        self.brightness.append(float(np.mean(frame.pixels)))
        number = len(self.brightness)
        shown = self._shown[min(number, len(self._shown)) - 1]
        if "error" in shown:
            raise shown["error"]
        # Each frame has another fingerprint, as those of a moving face have.
        object.__setattr__(frame, "fingerprint", np.random.default_rng(number).bytes(32))
        track, shown = shown.get("track"), {n: v for n, v in shown.items() if n != "track"}
        return replace(fake.analysis(**{"sample": number, **shown}), track=track)


@pytest.fixture
def shows(stage):
    """Have frames of clips show what a test says, in order; the last goes on."""

    def install(*shown: dict) -> Shown:
        script = Shown(*shown)
        registry.set_engine(FakeEngine(script))
        return script

    return install


def post(api, token: str, data: bytes, **fields):
    body = {"session_token": token, "video": upload(data, "clip.mp4"), **fields}
    return api.http.post("/api/auth/process-image/", body, format="multipart")


def test_frames_are_taken_in_order_until_the_session_ends(api, shows, clip, ended):
    script = shows({"faces": 0}, {"person": "alice"})
    token = api.enrollment_token(target_samples=3)
    body = post(api, token, clip, frame_number=7).json()
    assert body["enrollment_complete"] is True
    assert body["reason"] == "enrolled"
    assert body["frame_number"] == 7
    assert body["clip"] == {
        "frames_chosen": 8,
        "frames_taken": 4,
        "seconds_taken": 0.6,
        "reasons": {"no_face": 1, "accepted": 2, "enrolled": 1},
        "stopped": None,
    }
    assert script.brightness == sorted(script.brightness)
    assert script.brightness[-1] < 110  # the fourth of the eight
    assert [event.frames_received for event in ended] == [4]


def test_the_face_is_followed_and_whatever_may_be_matched_is_measured_as_if_alone(
    make_api, shows, clip
):
    track = Track(fake.analysis().boxes[0], 1, 2, 3, 0.0, 160, 120, 1)
    shows({"faces": 0}, {"faces": 0, "track": track}, {"faces": 0})
    api = make_api(quality={"sharpness": 0.7})
    post(api, api.enrollment_token(), clip)
    followed = registry.get_engine().followed
    assert [each.track for each in followed] == [None, None, track, *[None] * 5]
    assert {each.match_from["sharpness"] for each in followed} == {0.7}


@pytest.mark.parametrize("options", [{"codec": "VP80", "suffix": ".webm"}, {"suffix": ".mov"}])
def test_a_browser_posts_a_clip_to_its_session(api, shows, tmp_path, options):
    shows({"person": "alice"})
    token = api.enrollment_token(target_samples=2)
    data = clips.brightening(tmp_path, 3, **options)
    answer = browser(token).post(
        "/api/auth/sessions/current/frames/", {"video": upload(data)}, format="multipart"
    )
    assert answer.json()["clip"]["frames_taken"] == 2
    assert answer.json()["enrollment_complete"] is True


def test_frames_are_chosen_by_their_times(api, shows, clip):
    """Twelve frames in 0.3 s, two that last a second each, then two more: at 0, 0.2, 1.3, 2.3 s."""
    script = shows({"faces": 0})
    tick = clips.ticks(clip)
    uneven = clips.times(clip, (12, tick // 4), (2, 10 * tick), (2, tick))
    body = post(api, api.enrollment_token(), uneven).json()
    assert script.brightness == pytest.approx([20, 120, 170, 195], abs=5)
    assert body["clip"]["seconds_taken"] == pytest.approx(2.3, abs=0.01)


def test_each_frame_counts_for_the_limit(api, shows, clip):
    shows({"faces": 0})
    token = api.enrollment_token()
    limit(api, frames_per_minute=3)
    body = post(api, token, clip).json()
    assert body["clip"]["frames_taken"] == 3
    assert body["clip"]["stopped"] == "throttled"
    assert body["requires_more_frames"] is True
    problem(post(api, token, clip), 429, "throttled")


def test_measuring_has_a_time(api, shows, clip, monkeypatch):
    shows({"faces": 0})
    monkeypatch.setattr(taking, "_MEASURING_SECONDS", 0.0)
    body = post(api, api.enrollment_token(), clip).json()
    assert (body["clip"]["frames_taken"], body["clip"]["stopped"]) == (1, "time_limit")


def test_a_busy_engine_ends_the_clip_but_not_the_answer(api, shows, clip):
    shows({"faces": 0}, {"error": EngineBusy()})
    token = api.enrollment_token()
    body = post(api, token, clip).json()
    assert (body["clip"]["frames_taken"], body["clip"]["stopped"]) == (1, "engine_busy")
    assert api.session(token).json()["frames_received"] == 1
    shows({"error": EngineBusy()})
    problem(post(api, token, clip), 503, "engine_busy")


def test_the_frame_limit_ends_the_session(make_api, shows, clip):
    shows({"faces": 0})
    api = make_api(max_enrollment_frames=2)
    body = post(api, api.enrollment_token(), clip).json()
    assert (body["reason"], body["clip"]["frames_taken"]) == ("frame_limit", 2)


def test_no_video_is_decoded_for_a_session_that_is_not_there(api, other, shows, monkeypatch, clip):
    shows({})
    monkeypatch.setattr(decoding, "decode", None)
    problem(post(api, other.enrollment_token(), clip), 404, "session_not_found")
    token = api.enrollment_token()
    api.cancel(token)
    problem(post(api, token, clip), 409, "session_finished")


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({"video": "AAAA"}, "video"),
        ({"video": upload(b"x"), "image": upload(b"x")}, "image"),
    ],
)
def test_a_video_is_a_file_and_comes_alone(api, shows, fields, faulty):
    shows({})
    answer = api.http.post(
        "/api/auth/process-image/",
        {"session_token": api.enrollment_token(), **fields},
        format="multipart",
    )
    assert list(problem(answer, 400, "validation_failed")["errors"]) == [faulty]


# Each costs a process that imports OpenCV: about half a second.
HOSTILE = {
    "empty": (lambda clip: b"", "video_format_unsupported"),
    "an image": (lambda clip: b"\x89PNG\r\n\x1a\n" + bytes(64), "video_format_unsupported"),
    "a still in the same boxes": (
        lambda clip: clips.box(b"ftyp", b"heic\0\0\0\0heic"),
        "video_format_unsupported",
    ),
    "AVI": (lambda clip: b"RIFF\0\0\0\0AVI LIST" + bytes(64), "video_format_unsupported"),
    "a playlist": (lambda clip: clips.playlist(), "video_unreadable"),
    "cut off": (lambda clip: clip[: len(clip) // 2], "video_unreadable"),
    "only sound": (clips.audio_only, "video_unreadable"),
    "a compressed header": (lambda clip: clips.compressed_header(), "video_unreadable"),
    "boxes without end": (lambda clip: clips.nested(), "video_unreadable"),
    "frames by the thousand million": (clips.many_samples, "video_unreadable"),
    "frames that last for hours": (
        lambda clip: clips.times(clip, (16, 10_000 * clips.ticks(clip))),
        "video_too_long",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_clip_is_refused_and_counts_as_a_frame(api, shows, clip, name):
    script = shows({})
    make, code = HOSTILE[name]
    token = api.enrollment_token()
    problem(post(api, token, make(clip)), 400, code)
    assert api.session(token).json()["frames_received"] == 1
    assert script.brightness == []


@pytest.mark.parametrize(
    ("bounds", "status", "code"),
    [
        ({"max_pixels": 160 * 120 - 1}, 413, "video_too_large"),
        ({"max_side": 159}, 413, "video_too_large"),
        ({"max_decoded_pixels": 160 * 120 * 15}, 413, "video_too_large"),
        ({"max_frames": 15}, 400, "video_too_long"),
        ({"max_seconds": 1.4}, 400, "video_too_long"),
        ({"cpu_seconds": 0}, 400, "video_unreadable"),
    ],
)
def test_bounds(api, shows, clip, monkeypatch, bounds, status, code):
    shows({})
    monkeypatch.setattr(taking, "BOUNDS", replace(taking.BOUNDS, **bounds))
    problem(post(api, api.enrollment_token(), clip), status, code)


@pytest.fixture
def decoder_tells(monkeypatch):
    """Have the decoder tell another time, or another status."""

    def install(**told) -> None:
        clips.make_decoder_tell(monkeypatch, **told)

    return install


@pytest.fixture
def counted(api, monkeypatch):
    """Return the frames that a session, its client's limit and its usage have counted, after the
    answer to the only clip."""
    monkeypatch.setattr(CallerThrottle, "timer", lambda self: 1_000_000.0)
    limit(api, frames_per_minute=100)
    calls: list[metering.Call] = []
    monkeypatch.setattr(metering, "_recorders", [calls.append])

    def count(answer, token: str) -> tuple[int, int, int]:
        (left,) = re.findall(r'"frames";r=(\d+)', answer["RateLimit"])
        received = api.session(token).json()["frames_received"]
        return received, 100 - int(left), sum(call.frames for call in calls)

    return count


@pytest.mark.parametrize(("seconds", "frames"), [(0.4, 8), (4.4, 8), (10.0, 20)])
def test_a_clip_counts_as_no_less_than_its_decoding(
    api, shows, clip, decoder_tells, counted, seconds, frames
):
    shows({"faces": 0})
    decoder_tells(cpu_seconds=seconds)
    token = api.enrollment_token()
    answer = post(api, token, clip)
    assert answer.json()["clip"]["frames_taken"] == 8
    assert counted(answer, token) == (frames, frames, frames)


def test_frames_left_out_do_not_make_decoding_cheaper(
    api, shows, clip, decoder_tells, counted, monkeypatch
):
    shows({"faces": 0})
    decoder_tells(cpu_seconds=4.0)
    monkeypatch.setattr(taking, "_MEASURING_SECONDS", 0.0)
    token = api.enrollment_token()
    answer = post(api, token, clip)
    assert answer.json()["clip"]["frames_taken"] == 1
    assert counted(answer, token) == (8, 8, 8)


def test_nor_do_frames_that_are_no_images(api, shows, tmp_path, decoder_tells, counted):
    shows({})
    decoder_tells(cpu_seconds=10.0)
    token = api.enrollment_token()
    answer = post(api, token, cast.video([pictures.plain(48, 48)] * 3, tmp_path))
    problem(answer, 400, "image_too_small")
    assert counted(answer, token) == (20, 20, 20)


def test_the_decoding_of_a_refused_clip_counts(api, shows, clip, decoder_tells, counted):
    shows({})
    decoder_tells(status=Status.TOO_MANY_PIXELS, cpu_seconds=10.0)
    token = api.enrollment_token()
    answer = post(api, token, clip)
    problem(answer, 413, "video_too_large")
    assert counted(answer, token) == (21, 21, 21)


@pytest.mark.parametrize(("seconds", "frames"), [(0.4, 1), (10.0, 20)])
def test_a_busy_engine_does_not_make_decoding_free(
    api, shows, clip, decoder_tells, counted, seconds, frames
):
    shows({"error": EngineBusy(retry_after=2)})
    decoder_tells(cpu_seconds=seconds)
    token = api.enrollment_token()
    answer = post(api, token, clip)
    assert "session_status" not in problem(answer, 503, "engine_busy")
    assert answer["Retry-After"] == "2"
    assert counted(answer, token) == (frames, frames, frames)


def test_decoding_for_a_busy_engine_may_reach_the_frame_limit(
    make_api, shows, clip, decoder_tells, ended
):
    shows({"error": EngineBusy(retry_after=2)})
    decoder_tells(cpu_seconds=10.0)
    api = make_api(max_enrollment_frames=40)
    token = api.enrollment_token()
    post(api, token, clip)
    body = problem(post(api, token, clip), 503, "engine_busy")
    assert (body["session_status"], body["reason"]) == ("failed", "frame_limit")
    assert [event.frames_received for event in ended] == [40]
    problem(post(api, token, clip), 409, "session_finished")


def test_nor_does_a_defect_of_ours(api, shows, clip, decoder_tells, counted):
    shows({"error": ZeroDivisionError()})
    decoder_tells(cpu_seconds=10.0)
    api.http.raise_request_exception = False
    token = api.enrollment_token()
    answer = post(api, token, clip)
    problem(answer, 500, "internal_error")
    assert counted(answer, token) == (20, 20, 20)


def test_no_clip_is_decoded_for_another_model(api, shows, clip, monkeypatch):
    """A session of a model that was changed takes no frame any more."""
    shows({})
    token = api.enrollment_token()
    EnrollmentSession.objects.update(model_key="another")
    monkeypatch.setattr(decoding, "decode", None)
    problem(post(api, token, clip), 409, "session_model_changed")


def test_a_session_that_ended_counts_no_decoding_but_the_limits_do(
    api, shows, clip, decoder_tells, counted
):
    shows({"person": "alice"})
    decoder_tells(cpu_seconds=10.0)
    token = api.enrollment_token(target_samples=2)
    answer = post(api, token, clip)
    assert answer.json()["reason"] == "enrolled"
    assert counted(answer, token) == (2, 20, 20)


def test_decoding_may_reach_the_frame_limit(make_api, shows, clip, decoder_tells, ended):
    shows({"faces": 0})
    decoder_tells(cpu_seconds=10.0)
    api = make_api(max_enrollment_frames=20)
    token = api.enrollment_token()
    body = post(api, token, clip).json()
    assert body["clip"]["reasons"] == {"no_face": 8}
    assert (body["session_status"], body["reason"]) == ("failed", "frame_limit")
    assert body["requires_more_frames"] is False
    assert api.session(token).json()["status"] == "failed"
    assert [event.frames_received for event in ended] == [20]


def test_decoding_that_no_frame_shows_counts(api, shows, clip, monkeypatch):
    """An edit list begins with the clip's last frame; to show that one, all are decoded."""
    shows({"faces": 0})
    monkeypatch.setattr(decoding, "_SECONDS_OF_A_FRAME", 1e-9)
    body = post(api, api.enrollment_token(), clips.begun_late(clip, 15)).json()
    assert body["clip"]["frames_chosen"] == 1
    assert body["reason"] == "frame_limit"


# Ended by the limit of processor time, that of addresses, a fault of the codec, the clock.
@pytest.mark.parametrize("ending", [-signal.SIGXCPU, -signal.SIGABRT, 1, "late"])
def test_a_decoder_that_does_not_tell_its_time_took_the_most(
    api, shows, clip, monkeypatch, counted, ending
):
    def run(command, **_):
        if ending == "late":
            raise subprocess.TimeoutExpired(command, 25)
        return subprocess.CompletedProcess(command, ending)

    shows({})
    monkeypatch.setattr(subprocess, "run", run)
    token = api.enrollment_token()
    answer = post(api, token, clip)
    assert answer.status_code == 400
    assert counted(answer, token) == (31, 31, 31)


def test_a_failure_inside_of_the_decoder_is_reported_with_its_time(tmp_path, clip, monkeypatch):
    def fail(*_):
        raise cv2.error("out of memory")

    (tmp_path / "video").write_bytes(clip)
    monkeypatch.setattr(cv2, "imwrite", fail)
    # This process is to keep its own limits.
    monkeypatch.setattr(os, "nice", lambda _: None)
    monkeypatch.setattr(cv2, "setNumThreads", lambda _: None)
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    report = clip_process.main(tmp_path, taking.BOUNDS)
    assert report.status is Status.UNREADABLE
    assert report.cpu_seconds > 0


def test_one_clip_of_a_session_at_a_time(api, shows, clip, monkeypatch):
    shows({})
    token, other = api.enrollment_token(), api.authentication_token()
    decode, answers = decoding.decode, []

    def meanwhile(*args):
        monkeypatch.setattr(decoding, "decode", decode)
        answers.extend(post(api, each, clip) for each in (token, other))
        return decode(*args)

    monkeypatch.setattr(decoding, "decode", meanwhile)
    assert post(api, token, clip).status_code == 200
    problem(answers[0], 503, "video_decoders_busy")
    assert answers[1].status_code == 200


def test_nor_in_two_processes(api, shows, clip):
    shows({"faces": 0})
    token = api.enrollment_token()
    claim = f"clip:{EnrollmentSession.objects.get().public_id}"
    cache.set(claim, "another process's", timeout=60)
    problem(post(api, token, clip), 503, "video_decoders_busy")
    assert api.session(token).json()["frames_received"] == 0
    assert cache.get(claim) == "another process's"
    cache.delete(claim)
    assert post(api, token, clip).status_code == 200
    assert cache.get(claim) is None


def test_large_frames_are_reduced(api, shows, tmp_path):
    shows({"faces": 0})
    clip = cast.video([pictures.plain(4000, 2200)], tmp_path)
    post(api, api.enrollment_token(), clip)
    sizes = [frame.pixels.shape[:2] for frame, _ in registry.get_engine().calls]
    assert sizes == [(1056, 1920)]


def test_a_full_disk_is_no_fault_of_the_clip(api, shows, clip, monkeypatch):
    shows({})
    monkeypatch.setattr(decoding, "_run", lambda *_: Report(Status.NO_ROOM))
    token = api.enrollment_token()
    problem(post(api, token, clip), 503, "video_decoders_busy")
    assert api.session(token).json()["frames_received"] == 0


def test_the_decoding_before_the_disk_is_full_counts(api, shows, clip, decoder_tells, counted):
    """The clip's own frames may fill a small folder, however often it comes."""
    shows({})
    decoder_tells(status=Status.NO_ROOM, cpu_seconds=10.0)
    token = api.enrollment_token()
    answer = post(api, token, clip)
    problem(answer, 503, "video_decoders_busy")
    assert counted(answer, token) == (20, 20, 20)


def test_tags_of_megabytes_are_skipped(api, shows, clip):
    shows({"faces": 0})
    body = post(api, api.enrollment_token(), clips.large_metadata(clip)).json()
    assert body["clip"]["frames_taken"] == 8


def test_the_last_frame_a_session_may_take_is_named(make_api, shows):
    shows({})
    api = make_api(max_enrollment_frames=1)
    body = problem(post(api, api.enrollment_token(), b"no video"), 400, "video_format_unsupported")
    assert body["session_status"] == "failed"
    assert body["reason"] == "frame_limit"
