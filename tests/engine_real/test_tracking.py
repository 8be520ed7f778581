"""Streams: the face is followed, nothing is lost, and a second one is soon found."""

import numpy as np
import pytest

from faceplatform.conf import QualityLimits
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.stages import tracking
from faceplatform.engine.stages.tracking import LOOK_EVERY
from faceplatform.engine.types import Box, Following, FrameAnalysis, Wants
from tests import pictures
from tests.engine_real.sequences import moved
from tests.photographs import photo

pytestmark = pytest.mark.real_engine
LIMITS = QualityLimits().model_dump()


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine(lanes=1)


@pytest.fixture(scope="module")
def portrait() -> pictures.Pixels:
    return pictures.resize(pictures.read(photo("obama.jpg")), 0.5)


def stream(engine, frames, *, match_from=None, wants=None) -> list[FrameAnalysis]:
    """Measure frames as those of one stream."""
    track, analyses = None, []
    for pixels in frames:
        measured = engine.measure(
            pictures.to_jpeg(pixels),
            wants=wants or Wants(),
            following=Following(track, match_from),
        )
        track = measured.analysis.track
        analyses.append(measured.analysis)
    return analyses


def was_detected(analysis: FrameAnalysis) -> bool:
    return "detection" in analysis.stages


def overlap(a: Box, b: Box) -> float:
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    common = max(width, 0) * max(height, 0)
    return common / (a.width * a.height + b.width * b.height - common)


def test_a_moving_face_is_followed_and_never_lost(engine, portrait):
    frames = list(moved(portrait, 20))
    followed = stream(engine, frames)
    assert [was_detected(a) for a in followed] == [n % LOOK_EVERY == 0 for n in range(20)]
    for pixels, analysis in zip(frames, followed, strict=True):
        alone = engine.measure(pictures.to_jpeg(pixels), wants=Wants()).analysis
        assert alone.track is None
        assert alone.face is not None
        assert analysis.face is not None
        assert overlap(analysis.face.box, alone.face.box) > 0.75
        assert abs(analysis.face.pose.yaw - alone.face.pose.yaw) < 5
        assert abs(analysis.face.pose.roll - alone.face.pose.roll) < 3
        assert (analysis.face.embedding is not None) == was_detected(analysis)


def test_a_frame_that_may_be_matched_is_measured_as_if_alone(engine, portrait):
    frames = list(moved(portrait, 3))
    for pixels, analysis in zip(frames, stream(engine, frames, match_from=LIMITS), strict=True):
        alone = engine.measure(pictures.to_jpeg(pixels), wants=Wants()).analysis
        assert was_detected(analysis)
        assert analysis.face is not None
        assert alone.face is not None
        assert analysis.face.quality == alone.face.quality
        assert np.array_equal(analysis.face.embedding, alone.face.embedding)


def test_a_frame_after_one_that_may_be_matched_is_looked_at_once(engine, portrait, monkeypatch):
    """The look by the track would be done again; after a worse frame it is the first one."""
    looks, follow = [], tracking.follow
    monkeypatch.setattr(tracking, "follow", lambda *a: looks.append(1) or follow(*a))
    good = list(moved(portrait, 2))
    analyses = stream(engine, [*good, *good], match_from=LIMITS)
    assert (len(looks), [was_detected(a) for a in analyses]) == (0, [True] * 4)
    impossible = {"sharpness": 1.1}
    analyses = stream(engine, [*good, *good], match_from=impossible)
    assert (len(looks), [was_detected(a) for a in analyses]) == (3, [True, *[False] * 3])


def test_gestures_come_with_the_embedding(engine, portrait):
    last = stream(engine, moved(portrait, 2), wants=Wants(gestures=True))[-1]
    assert not was_detected(last)
    assert last.face is not None
    assert last.face.gestures is not None
    assert last.face.embedding is not None


def test_a_second_face_is_found_within_a_few_frames(engine, portrait):
    alone = list(moved(portrait, 2, size=(320, 240), shake=0))
    second = pictures.mirrored(pictures.resize(pictures.read(photo("biden.jpg")), 0.5))
    company = list(moved(second, LOOK_EVERY, size=(320, 240), shake=0))
    empty = pictures.plain(320, 240, (90, 110, 90))
    frames = [pictures.side_by_side(frame, empty) for frame in alone]
    frames += [pictures.side_by_side(alone[0], frame) for frame in company]
    counts = [len(analysis.boxes) for analysis in stream(engine, frames)]
    assert counts[:2] == [1, 1]
    assert counts[-1] == 2


@pytest.mark.parametrize(
    "last",
    [
        pytest.param(lambda frame: pictures.plain(640, 480, (90, 110, 90)), id="gone"),
        pytest.param(lambda frame: pictures.quarter_turns(frame, 2), id="upside down"),
        pytest.param(lambda frame: np.roll(frame, 300, axis=1), id="elsewhere"),
        pytest.param(lambda frame: pictures.resize(frame, 0.5), id="another size"),
    ],
)
def test_a_detector_looks_where_the_track_is_lost(engine, portrait, last):
    (frame,) = moved(portrait, 1)
    analysis = stream(engine, [frame, frame, last(frame)])[-1]
    assert was_detected(analysis)


def test_an_unsure_face_begins_no_track(engine):
    (analysis,) = stream(engine, [pictures.plain(640, 480)])
    assert analysis.track is None
