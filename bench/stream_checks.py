"""Frames of a session with liveness checks, in a stream against posted alone, in the engine.

A drawn head follows the gestures of a challenge. Each of its frames is measured alone and in the
stream in turn, and compared with the face at rest wherever it has moved, as in a session. Those
posted alone lead the challenge.
"""

from dataclasses import dataclass
from itertools import compress
from random import Random
from statistics import mean
from time import process_time

import numpy as np
from django.test import override_settings
from numpy.typing import NDArray

from authentication.models import AuthenticationSession
from bench import models, pictures
from bench.challenge import Clock, drawn_by
from bench.table import Row
from faceplatform.engine.base import DecodingEngine
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.types import Face, FrameAnalysis, LivenessMethod, Wants
from faceplatform.evaluation.acquisition import build_photograph_locator
from faceplatform.evaluation.synthetic.gestures import Presented, surface_of
from faceplatform.evaluation.synthetic.subjects import Actor
from faceplatform.evaluation.synthetic.surfaces import Surface
from faceplatform.liveness.challenge import Outcome
from faceplatform.liveness.flat_motion import compare
from faceplatform.liveness.methods import has_passive
from faceplatform.sessions import challenges
from faceplatform.sessions.acceptance import MINIMUM_PRESENCE, frame_refusal, gesture_refusal
from faceplatform.sessions.clock import Arrival
from faceplatform.sessions.following import FrameStream, following_of
from faceplatform.sessions.models import SessionStatus

_FRAMES_A_SECOND = 10
_MOST_FRAMES = 200
_ROUNDS = 2
_SEEDS = (1, 2)  # of a challenge each: five gestures, four of which turn the head


def rows(engine: DecodingEngine) -> tuple[list[Row], list[str]]:
    """Return the rows of each policy, and a remark on those that cannot be measured."""
    surface = _head()
    found = _rows(engine, surface, "challenge")
    if not engine.has_liveness:
        return found, ["passive liveness: its weights are not installed"]
    found += _rows(engine, surface, "passive+challenge")
    if not models.prepare_second_liveness():
        return found, [f"the second passive net: its weights are not in {models.shared_folder()}"]
    with override_settings(FACEPLATFORM_DEEP_TREE="where_possible"):
        found += _rows(
            engine, surface, "passive+challenge", "passive+challenge with the second net"
        )
    return found, []


@dataclass(frozen=True, slots=True)
class _Shown:
    """A frame of the challenge.

    Attributes:
        alone, streamed: seconds of the processor.
        is_compared: with the face at rest, alone.
        is_followed: no detector looked at it in the stream.
        is_lost: it shows one sure face alone, and none in the stream.
        nets: the passive nets that judged it alone.
    """

    alone: float
    streamed: float
    is_compared: bool
    is_followed: bool
    is_lost: bool
    nets: frozenset[LivenessMethod]


class _Session:
    """An authentication with a challenge that no database knows."""

    def __init__(self, liveness: str) -> None:
        self._session = AuthenticationSession(
            policy={"liveness": liveness}, status=SessionStatus.ACTIVE
        )
        self._policy = self._session.capture_policy
        self._session.liveness_state = challenges.state_at_opening(self._policy, language=None)
        self._rest: NDArray[np.uint8] | None = None

    @property
    def is_pending(self) -> bool:
        return challenges.is_pending(self._session)

    @property
    def asked(self) -> str | None:
        """The code of the current instruction."""
        told = challenges.told(self._session, "en")
        return None if told is None else told.code

    def measure(
        self, engine: DecodingEngine, data: bytes, stream: FrameStream | None = None
    ) -> FrameAnalysis:
        """Measure a frame as `process_frame` does.

        Raises:
            RuntimeError: the face has moved, and there is none at rest to compare it with.
        """
        policy, session = self._policy, self._session
        wants = Wants(
            liveness=has_passive(policy),
            second_liveness=has_passive(policy) and session.wants_second_liveness,
            gestures=True,
            patch=True,
        )
        following = following_of(stream, session, policy, wanted=policy.probe_frames)
        analysis = engine.measure(data, wants=wants, following=following).analysis
        face = analysis.face
        if face is not None and self.compares(face):
            if self._rest is None or face.patch is None:
                raise RuntimeError("a face has moved, and there is none at rest to compare it with")
            compare(self._rest, face.patch)
        return analysis

    def compares(self, face: Face) -> bool:
        """Return True for a face that is compared with the one at rest."""
        return challenges.is_moved(self._session, face)

    def lead(self, analysis: FrameAnalysis, *, at: float) -> None:
        """Show a frame that was measured alone to the challenge, and collect it if it is wanted.

        Raises:
            RuntimeError: the challenge has failed.
        """
        face, session = analysis.face, self._session
        is_good = frame_refusal(analysis, self._policy) is None
        shows = is_good or (
            session.samples_collected and gesture_refusal(analysis, self._policy) is None
        )
        if face is None or not shows:
            return
        outcome = challenges.lead(session, face, is_neutral=is_good, arrival=Arrival(at))
        if outcome is Outcome.FAILED:
            raise RuntimeError("the drawn head failed its challenge")
        if is_good and session.samples_collected < self._policy.probe_frames - 1:
            self._collect(face)

    def _collect(self, face: Face) -> None:
        if not self._session.samples_collected:
            self._rest = face.patch
        self._session.samples_collected += 1
        if face.liveness is not None:
            self._session.liveness_nets += face.liveness.scores


def _head() -> Surface:
    pixels = decode(pictures.portraits(pictures.VGA)[0]).pixels
    mesh = build_photograph_locator()(pixels).candidate.mesh
    return surface_of(pixels, mesh.points, Presented.HEAD)


def _lead(engine: DecodingEngine, surface: Surface, liveness: str, seed: int) -> list[_Shown]:
    """Measure the frames of a challenge: the same ones in each call."""
    shown: list[_Shown] = []
    stream, actor = FrameStream(), Actor(surface, np.random.default_rng(seed))
    with Clock().in_use() as time, drawn_by(Random(seed)):  # noqa: S311
        session = _Session(liveness)
        while session.is_pending:
            if len(shown) == _MOST_FRAMES:
                raise RuntimeError("the drawn head did not pass its challenge")
            time.now += 1 / _FRAMES_A_SECOND
            data = actor.show(session.asked, time.now)
            start = process_time()
            alone = session.measure(engine, data)
            between = process_time()
            streamed = session.measure(engine, data, stream)
            end = process_time()
            shown.append(_shown(session, (alone, streamed), (between - start, end - between)))
            stream.advance(streamed)
            session.lead(alone, at=time.now)
    return shown


def _shown(
    session: _Session,
    ways: tuple[FrameAnalysis, FrameAnalysis],
    seconds: tuple[float, float],
) -> _Shown:
    alone, streamed = ways
    face = alone.face
    return _Shown(
        alone=seconds[0],
        streamed=seconds[1],
        is_compared=face is not None and session.compares(face),
        is_followed="detection" not in streamed.stages,
        is_lost=face is not None and face.presence >= MINIMUM_PRESENCE and streamed.face is None,
        nets=frozenset(face.liveness.scores if face and face.liveness else ()),
    )


def _rows(engine: DecodingEngine, surface: Surface, liveness: str, name: str = "") -> list[Row]:
    rounds = [
        [each for seed in _SEEDS for each in _lead(engine, surface, liveness, seed)]
        for _ in range(_ROUNDS)
    ]
    shown = rounds[0]
    alone = [1000 * min(each.alone for each in turn) for turn in zip(*rounds, strict=True)]
    streamed = [1000 * min(each.streamed for each in turn) for turn in zip(*rounds, strict=True)]
    compared = [each.is_compared for each in shown]
    second = sum(LivenessMethod.DEEP_TREE in each.nets for each in shown)
    followed = sum(each.is_followed for each in shown)
    name = f"a challenge under {name or liveness}"
    note = (
        f"{mean(streamed):.1f} against {mean(alone):.1f} ms; {followed} of {len(shown)} without "
        f"detection, {sum(compared)} compared with the face at rest, {second} judged by the "
        "second net"
    )
    moved = sum(compress(streamed, compared)) / sum(compress(alone, compared))
    return [
        Row(f"{name}: stream over alone", sum(streamed) / sum(alone), "x", note=note),
        Row(f"{name}: frames that are compared", moved, "x"),
        Row(f"{name}: faces lost", sum(each.is_lost for each in shown), "frames", "<= 0"),
    ]
