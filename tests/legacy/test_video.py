"""Videos: told from still images by content, sampled evenly, bounded, and never kept."""

import resource
import subprocess
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import BoundedSemaphore

import numpy as np
import pytest
from PIL import Image

from faceplatform.engine import registry
from faceplatform.engine.decoding import clip
from faceplatform.engine.decoding.clip_process import Bounds, Report, Status, _evenly
from faceplatform.engine.local import LocalEngine
from faceplatform.errors import (
    EngineError,
    VideoDecodersBusy,
    VideoTooLarge,
    VideoTooLong,
    VideoUnreadable,
)
from legacy import video
from tests import pictures
from tests.legacy import cast
from tests.legacy.caller import told
from tests.photographs import photo, shared


def shades(folder, count: int = 20, **options) -> bytes:
    """Return a video that gets brighter, so that each frame shows its number."""
    frames = [pictures.plain(160, 120, (10 * i + 20,) * 3) for i in range(count)]
    return cast.video(frames, folder, **options)


def reported(status: Status) -> bytes:
    """Return what the decoder prints."""
    return Report(status).as_json().encode() + b"\n"


def sampled(data: bytes, bounds: Bounds | None = None) -> list[bytes]:
    """Return the frames of a video that 000 posts, or those that it would under other bounds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(video, "BOUNDS", bounds or video.BOUNDS)
        with video.images_of(data, charge=lambda frames: None) as images:
            return images


def brightness(jpeg: bytes) -> float:
    return float(np.asarray(Image.open(BytesIO(jpeg))).mean())


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch):
    """A place for temporary folders, of which none may be left."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"codec": "MJPG", "suffix": ".avi"},
        {"codec": "mp4v", "suffix": ".mov"},
        {"codec": "VP80", "suffix": ".webm"},
        {"codec": "MJPG", "suffix": ".mkv"},
    ],
)
def test_frames_come_from_the_whole_length_in_order(tmp_path, options):
    frames = sampled(shades(tmp_path, **options))
    assert len(frames) == video.BOUNDS.samples
    assert [frame[:2] for frame in frames] == [b"\xff\xd8"] * len(frames)
    shown = [brightness(frame) for frame in frames]
    assert shown == sorted(shown)
    assert shown[0] < 60
    assert shown[-1] > 180


@pytest.mark.parametrize(
    ("frames", "samples", "expected"),
    [(1, 8, {0}), (3, 8, {0, 1, 2}), (8, 4, {1, 3, 5, 7}), (100, 2, {25, 75})],
)
def test_the_middles_of_equal_parts(frames, samples, expected):
    assert _evenly(frames, samples) == expected


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff\xe0 jpeg", b"RIFF\0\0\0\0WEBPVP8 ", cast.TEXT]
)
def test_what_is_no_video_is_passed_on(data):
    with video.images_of(data, charge=pytest.fail) as images:
        assert images == [data]


def test_pixels_are_bounded(tmp_path):
    with pytest.raises(VideoTooLarge):
        sampled(shades(tmp_path), replace(video.BOUNDS, max_pixels=160 * 120 - 1))


def test_frames_are_bounded(tmp_path):
    with pytest.raises(VideoTooLong):
        sampled(shades(tmp_path), replace(video.BOUNDS, max_frames=39))


def test_duration_is_bounded(tmp_path):
    with pytest.raises(VideoTooLong):
        sampled(shades(tmp_path), replace(video.BOUNDS, max_seconds=3.5))


def test_bytes_are_bounded(monkeypatch, tmp_path):
    monkeypatch.setattr(clip, "MAX_BYTES", 100)
    with pytest.raises(VideoTooLarge):
        sampled(shades(tmp_path))


def test_time_is_bounded(monkeypatch, tmp_path):
    monkeypatch.setattr(clip, "WALL_SECONDS", 0.01)
    with pytest.raises(VideoTooLong):
        sampled(shades(tmp_path))


def test_decoders_at_a_time_are_bounded(monkeypatch, tmp_path):
    slots = BoundedSemaphore(1)
    monkeypatch.setattr(clip, "_slots", slots)
    monkeypatch.setattr(clip, "_WAIT_SECONDS", 0.01)
    whole = shades(tmp_path)
    with slots, pytest.raises(VideoDecodersBusy):
        sampled(whole)
    with pytest.raises(VideoUnreadable):
        sampled(cast.TEXT_AS_VIDEO)
    assert len(sampled(whole)) == video.BOUNDS.samples  # the slot was released


def test_memory_is_bounded(tmp_path):
    with pytest.raises((VideoUnreadable, EngineError)):
        sampled(shades(tmp_path), replace(video.BOUNDS, memory_bytes=64 * 1024**2))
    # The bound is the decoder's own, not this process's.
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_a_truncated_video_is_refused_or_read_as_far_as_it_goes(tmp_path, share):
    whole = shades(tmp_path)
    try:
        frames = sampled(whole[: int(len(whole) * share)])
    except VideoUnreadable:
        return
    assert 1 <= len(frames) <= video.BOUNDS.samples


@pytest.mark.parametrize(
    "data",
    [
        cast.TEXT_AS_VIDEO,
        b"\x1a\x45\xdf\xa3" + cast.TEXT,
        b"RIFF\0\0\0\0AVI LIST" + cast.TEXT,
        b"\0\0\0\x20ftypisom#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    ],
)
def test_what_only_looks_like_a_video_is_refused(data):
    with pytest.raises(VideoUnreadable):
        sampled(data)


def test_without_opencv_it_says_that_the_engine_is_missing(monkeypatch, tmp_path):
    monkeypatch.setattr(
        subprocess,
        "run",
        lambda *_, **__: subprocess.CompletedProcess([], 0, reported(Status.NO_DECODER), b""),
    )
    with pytest.raises(EngineError):
        sampled(shades(tmp_path))


def test_the_decoder_gets_none_of_our_environment(monkeypatch, tmp_path):
    seen = {}

    def run(command, **options):
        seen.update(options["env"])
        return subprocess.CompletedProcess(command, 0, reported(Status.UNREADABLE), b"")

    monkeypatch.setenv("SECRET_KEY", "secret")
    monkeypatch.setenv("FACEPLATFORM_TEMPLATE_KEYS", "id:secret")
    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(VideoUnreadable):
        sampled(shades(tmp_path))
    assert "SECRET_KEY" not in seen
    assert seen["OPENCV_FFMPEG_CAPTURE_OPTIONS"].startswith("protocol_whitelist;file|")
    ours = {name for name in seen if name.startswith(("FACEPLATFORM", "LEGACY", "DJANGO"))}
    assert ours == set()


@pytest.mark.real_engine
@pytest.mark.shared_photos
@pytest.mark.django_db
def test_a_video_of_several_people(old, tmp_path):
    registry.set_engine(LocalEngine())
    alice = photo("obama.jpg").read_bytes()
    enrolled = old.call("POST /api/enroll?username=alice", files={"cin_file": alice})
    assert told(enrolled)["EnrollStatus"] == "APPROVED"
    clip = Path(shared("faces/video/short_hamilton_clip.mp4")).read_bytes()
    answer = old.call("POST /api/authentificate?username=alice", files={"auth_video": clip})
    body = told(answer)
    assert body["Decision"] == "REJECTED"
    assert body["DecisionReason"] in {"MULTIPLE_FACES", "NO_MATCH", "FACE_TOO_SMALL", "FACE_TURNED"}
