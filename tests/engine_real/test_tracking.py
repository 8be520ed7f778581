"""Streams: the face is followed, nothing is lost, and a second one is soon found."""

import numpy as np
import pytest

from faceplatform.conf import CapturePolicy, QualityLimits
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.stages import tracking
from faceplatform.engine.stages.landmarks import FaceMesh
from faceplatform.engine.stages.recognition import OnnxRecognizer
from faceplatform.engine.stages.tracking import LOOK_EVERY, LOOK_EVERY_UNMATCHED
from faceplatform.engine.types import Box, Following, FrameAnalysis, Wants
from faceplatform.matching.embeddings import similarity
from faceplatform.sessions.acceptance import MINIMUM_PRESENCE, frame_refusal
from faceplatform.sessions.following import FrameStream
from faceplatform.sessions.reasons import Reason
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
    frame_stream, analyses = FrameStream(), []
    for pixels in frames:
        measured = engine.measure(
            pictures.to_jpeg(pixels),
            wants=wants or Wants(),
            following=Following(frame_stream.track, match_from, frame_stream.upright_frames),
        )
        frame_stream.advance(measured.analysis)
        analyses.append(measured.analysis)
    return analyses


def alone(engine, frames) -> list[FrameAnalysis]:
    return [engine.measure(pictures.to_jpeg(each), wants=Wants()).analysis for each in frames]


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
    assert [was_detected(a) for a in followed] == [n % LOOK_EVERY_UNMATCHED == 0 for n in range(20)]
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
    monkeypatch.setattr(tracking, "follow", lambda *a, **k: looks.append(1) or follow(*a, **k))
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


def test_a_followed_face_is_recognized_from_one_view(engine, portrait, monkeypatch):
    """Its embedding is compared with the session's, at half the cost, and with no template."""
    chips, run = [], OnnxRecognizer._run
    monkeypatch.setattr(OnnxRecognizer, "_run", lambda *a: chips.append(len(a[1])) or run(*a))
    found, followed = stream(engine, moved(portrait, 2), wants=Wants(gestures=True))
    assert (was_detected(found), was_detected(followed)) == (True, False)
    assert chips == [2, 1]
    assert found.face is not None
    assert followed.face is not None
    assert similarity(found.face.embedding, followed.face.embedding) > 0.95


@pytest.mark.parametrize(
    ("match_from", "frames"),
    [
        pytest.param(None, LOOK_EVERY_UNMATCHED, id="no frame is to be matched"),
        pytest.param({"sharpness": 1.1}, LOOK_EVERY, id="some may be"),
    ],
)
def test_a_second_face_is_found_within_a_few_frames(engine, portrait, match_from, frames):
    alone = list(moved(portrait, 2, size=(320, 240), shake=0))
    second = pictures.mirrored(pictures.resize(pictures.read(photo("biden.jpg")), 0.5))
    company = list(moved(second, frames, size=(320, 240), shake=0))
    empty = pictures.plain(320, 240, (90, 110, 90))
    shown = [pictures.side_by_side(frame, empty) for frame in alone]
    shown += [pictures.side_by_side(alone[0], frame) for frame in company]
    counts = [len(analysis.boxes) for analysis in stream(engine, shown, match_from=match_from)]
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


# Nobody to follow -----------------------------------------------------------------------------


def small(name: str) -> pictures.Pixels:
    """Return a frame of 320 x 240 that shows a portrait."""
    photograph = pictures.resize(pictures.read(photo(name)), 0.5)
    (frame,) = moved(photograph, 1, size=(320, 240), shake=0)
    return frame


def upside_down(pixels: pictures.Pixels) -> pictures.Pixels:
    return pictures.quarter_turns(pixels, 2)


def wide(frame: pictures.Pixels) -> pictures.Pixels:
    """Return the frame with as much empty wall beside it."""
    height, width = frame.shape[:2]
    return pictures.side_by_side(frame, pictures.plain(width, height, (90, 110, 90)))


@pytest.fixture(scope="module")
def unclear() -> pictures.Pixels:
    """A frame with a face so blurred that the mesh is unsure of it from all sides."""
    return pictures.blur(small("astronaut.png"), 6)


@pytest.fixture
def runs(monkeypatch) -> list[int]:
    """The runs of the mesh net so far."""
    runs: list[int] = []
    run = FaceMesh._run

    def counted(*given):
        runs.append(1)
        return run(*given)

    monkeypatch.setattr(FaceMesh, "_run", counted)
    return runs


def test_an_unclear_face_is_looked_at_from_all_sides_every_few_frames(engine, unclear, runs):
    analyses = stream(engine, [unclear] * (LOOK_EVERY + 1), match_from=LIMITS)
    assert all(analysis.face.presence < MINIMUM_PRESENCE for analysis in analyses)
    # Each of the four sides takes two runs.
    assert len(runs) == 8 + 2 * (LOOK_EVERY - 1) + 8
    runs.clear()
    (single,) = alone(engine, [unclear])
    assert (len(runs), single.upright_frames) == (8, None)


@pytest.mark.parametrize("before", range(1, LOOK_EVERY))
def test_a_sure_face_is_never_matched_without_a_look_at_the_others(engine, unclear, before):
    """The other face is upside down, so it counts only if it is looked at from all sides."""
    good = small("obama.jpg")
    frame = pictures.side_by_side(good, upside_down(small("obama2.jpg")))
    analyses = stream(engine, [*[wide(unclear)] * before, frame], match_from=LIMITS)
    assert [len(analysis.boxes) for analysis in analyses] == [*[1] * before, 2]
    last = stream(engine, [*[wide(unclear)] * before, wide(good)], match_from=LIMITS)[-1]
    (single,) = alone(engine, [wide(good)])
    assert last.face.quality == single.face.quality
    assert np.array_equal(last.face.embedding, single.face.embedding)


def test_no_face_is_accepted_that_is_not_sure_enough_for_that_look():
    assert tracking._SURE_PRESENCE <= MINIMUM_PRESENCE


def test_turned_faces_are_seen_in_each_frame(engine):
    both = [upside_down(small(name)) for name in ("obama2.jpg", "32bit.png")]
    analyses = stream(engine, [pictures.side_by_side(*both)] * 3)
    assert [len(analysis.boxes) for analysis in analyses] == [2] * 3


def test_a_face_that_is_turned_where_one_was_unclear_is_soon_seen(engine, unclear):
    turned = upside_down(small("obama2.jpg"))
    analyses = stream(engine, [unclear, *[turned] * LOOK_EVERY], match_from=LIMITS)
    reasons = [frame_refusal(analysis, CapturePolicy()) for analysis in analyses]
    assert None not in reasons
    assert reasons[-1] is Reason.PICTURE_TURNED
    assert frame_refusal(alone(engine, [turned])[0], CapturePolicy()) is Reason.PICTURE_TURNED


def test_the_same_frames_are_accepted_as_alone(engine, portrait):
    """A made film with cuts: nobody, half a face, a turned one, two, and good ones."""
    good = list(moved(portrait, 7))
    (another,) = moved(pictures.resize(pictures.read(photo("obama2.jpg")), 0.5), 1, shake=0)
    empty, turned = pictures.plain(640, 480, (90, 110, 90)), upside_down(another)
    two = pictures.side_by_side(small("obama.jpg"), small("32bit.png"))
    (half,) = moved(portrait, 1, shake=0)
    half[:220] = (90, 110, 90)
    film = [empty, half, half, *good[:2], two, two, half, good[2], empty, turned, turned, half]
    film += [half, half, *good[3:5], turned, half, another, half, half, half, half, *good[5:]]
    policy = CapturePolicy()
    singles = [frame_refusal(each, policy) for each in alone(engine, film)]
    streamed = [frame_refusal(each, policy) for each in stream(engine, film, match_from=LIMITS)]
    assert [each is None for each in streamed] == [each is None for each in singles]
    assert singles.count(None) >= 3
    refused = {Reason.NO_FACE, Reason.FACE_UNCLEAR, Reason.PICTURE_TURNED, Reason.MULTIPLE_FACES}
    assert refused <= set(singles)
