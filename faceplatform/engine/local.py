"""LocalEngine: the stages in order, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from queue import LifoQueue
from threading import Lock
from time import perf_counter

import cv2
import numpy as np
from django.conf import settings

from faceplatform import errors
from faceplatform.engine.base import DecodingEngine
from faceplatform.engine.configured import ConfiguredEngine
from faceplatform.engine.stages import tracking
from faceplatform.engine.stages.deep_tree import DeepTree
from faceplatform.engine.stages.detection import Detection, Detector, build_detector
from faceplatform.engine.stages.eyes import EyeContours
from faceplatform.engine.stages.face_patch import face_patch
from faceplatform.engine.stages.faces import (
    Candidate,
    seen_from_all_sides,
    those_that_count,
    upright_candidates,
    without_copies,
)
from faceplatform.engine.stages.gestures import read_gestures
from faceplatform.engine.stages.landmarks import FaceMesh, five_points
from faceplatform.engine.stages.liveness import PassiveLiveness
from faceplatform.engine.stages.measuring import Measured, measure_face, recognized
from faceplatform.engine.stages.recognition import Recognizer, build_recognizer
from faceplatform.engine.types import (
    Face,
    Following,
    Frame,
    FrameAnalysis,
    Quality,
    Track,
    Wants,
)
from faceplatform.matching.calibration import load_calibration
from faceplatform.matching.embeddings import Embedding, similarity

# The false match rate at which a small face counts as a copy of the large one. A stranger mistaken
# for a copy gains nothing: the large face is measured.
_COPY_FMR = 1e-3


@dataclass
class _Stages:
    """The time that each stage of a frame took, all its runs together, in the order they began."""

    milliseconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def time(self, name: str) -> Iterator[None]:
        start = perf_counter()
        yield
        took = (perf_counter() - start) * 1000
        self.milliseconds[name] = self.milliseconds.get(name, 0.0) + took


class _Lane:
    """Interpreters for one frame at a time. Only the holder of the lane builds them: no lock."""

    @cached_property
    def _detector(self) -> Detector:
        # Reduced frames are small; OpenCV's own threads would only compete with the lanes.
        cv2.setNumThreads(1)
        return build_detector(settings.FACEPLATFORM_DETECTOR)

    @cached_property
    def _face_mesh(self) -> FaceMesh:
        return FaceMesh()

    @cached_property
    def _eyes(self) -> EyeContours:
        return EyeContours()

    @cached_property
    def liveness(self) -> PassiveLiveness:
        return PassiveLiveness()

    def detect(self, frame: Frame, stages: _Stages) -> list[Detection]:
        with stages.time("detection"):
            return self._detector.detect(frame.pixels)

    def look_upright(
        self, frame: Frame, detections: list[Detection], stages: _Stages
    ) -> list[Candidate]:
        with stages.time("landmarks"):
            return upright_candidates(frame.pixels, detections, self._face_mesh)

    def look_from_all_sides(
        self, frame: Frame, upright: list[Candidate], stages: _Stages
    ) -> list[Candidate]:
        with stages.time("landmarks"):
            return seen_from_all_sides(frame.pixels, upright, self._face_mesh)

    def follow(
        self, frame: Frame, track: Track, stages: _Stages, *, look_every: int
    ) -> tuple[Candidate, Track] | None:
        with stages.time("landmarks"):
            return tracking.follow(track, frame.pixels, self._face_mesh, look_every=look_every)

    def measure(
        self, frame: Frame, face: Candidate, detections: list[Detection], stages: _Stages
    ) -> Measured:
        with stages.time("quality"):
            return measure_face(frame.pixels, face, detections, self._eyes)

    def warm_up(self, frame: Frame, *, liveness: bool) -> None:
        self._detector.detect(frame.pixels)
        self._face_mesh.run_once()
        self._eyes.run_once()
        if liveness:
            self.liveness.run_once()


class _Shared:
    """The nets that all lanes share: they are thread-safe. Each is loaded once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._recognizer: Recognizer | None = None
        self._deep_tree: DeepTree | None = None

    @property
    def recognizer(self) -> Recognizer:
        with self._lock:
            if self._recognizer is None:
                self._recognizer = build_recognizer(settings.FACEPLATFORM_RECOGNITION_MODEL)
            return self._recognizer

    @property
    def deep_tree(self) -> DeepTree | None:
        """The second net of passive liveness, where the settings choose it."""
        with self._lock:
            if self._deep_tree is None and settings.FACEPLATFORM_DEEP_TREE != "off":
                self._deep_tree = DeepTree()
            return self._deep_tree

    def warm_up(self, frame: Frame, *, liveness: bool) -> None:
        side = frame.width
        somewhere = np.array([(0.4, 0.4), (0.6, 0.4), (0.5, 0.5), (0.42, 0.6), (0.58, 0.6)])
        self.recognizer.embed(frame.pixels, somewhere * side)
        if liveness and (tree := self.deep_tree) is not None:
            tree.run_once()


class LocalEngine(ConfiguredEngine, DecodingEngine):
    """Measures frames in the calling threads.

    Most interpreters are not thread-safe, so a frame borrows a lane, which holds one of each, or
    waits for one. Models are loaded by the first frame that needs them (or by ``warm_up``), never
    earlier: a process that forks must fork first.

    Args:
        lanes: the number of frames measured at once; None for FACEPLATFORM_ENGINE_LANES.
    """

    def __init__(self, *, lanes: int | None = None) -> None:
        self._count = lanes or settings.FACEPLATFORM_ENGINE_LANES
        self._shared = _Shared()
        # Last in, first out: a quiet process uses one lane and never loads the others.
        self._lanes: LifoQueue[_Lane] = LifoQueue()
        for _ in range(self._count):
            self._lanes.put(_Lane())

    def analyze(
        self, frame: Frame, *, wants: Wants, following: Following | None = None
    ) -> FrameAnalysis:
        """See DecodingEngine.analyze.

        A face whose presence is below faces.CONFIRMED_PRESENCE is returned without embedding and
        liveness, even if they were wanted: there is nothing to recognise.
        """
        if wants.liveness and not self.has_liveness:
            raise errors.ModelMissing("The weights of passive liveness are not installed")
        stages = _Stages()
        with self._borrow_lane() as lane:
            followed = None
            if following is not None and (track := _track_to_follow(following)) is not None:
                followed = self._follow(lane, frame, following, track, wants, stages)
            return followed or self._find(lane, frame, following, wants, stages)

    def _find(
        self,
        lane: _Lane,
        frame: Frame,
        following: Following | None,
        wants: Wants,
        stages: _Stages,
    ) -> FrameAnalysis:
        """Detect every face, and measure the one that counts."""
        detections = lane.detect(frame, stages)
        candidates, upright_frames = self._find_faces(lane, frame, detections, following, stages)
        only = candidates[0] if len(candidates) == 1 else None
        face = (
            None
            if only is None
            else self._measure_face(lane, frame, only, detections, wants, stages)
        )
        track = _begun(only, face, frame, following) if only and face and following else None
        return FrameAnalysis(
            boxes=tuple(candidate.detection.box for candidate in candidates),
            face=face,
            model=self.model,
            stages=stages.milliseconds,
            track=track,
            upright_frames=upright_frames if following and track is None else None,
        )

    def _find_faces(
        self,
        lane: _Lane,
        frame: Frame,
        detections: list[Detection],
        following: Following | None,
        stages: _Stages,
    ) -> tuple[list[Candidate], int | None]:
        """Return the faces that count, and the frame's `FrameAnalysis.upright_frames`.

        In a stream without a face to follow, the looks from the other sides, three quarters of the
        mesh's time, are made every few frames, and in each frame that shows one sure face.
        """
        upright = lane.look_upright(frame, detections, stages)
        before = None if following is None else following.upright_frames
        if before is not None and before + 1 < tracking.LOOK_EVERY:
            glimpsed = self._drop_copies(frame, those_that_count(upright))
            if not tracking.is_sure(glimpsed):
                return glimpsed, before + 1
        found = lane.look_from_all_sides(frame, upright, stages)
        # Where there is nothing to look at, the next detection is looked at from all sides.
        all_stand = bool(found) and all(a is b for a, b in zip(found, upright, strict=True))
        return self._drop_copies(frame, those_that_count(found)), 0 if all_stand else None

    def _follow(
        self,
        lane: _Lane,
        frame: Frame,
        following: Following,
        track: Track,
        wants: Wants,
        stages: _Stages,
    ) -> FrameAnalysis | None:
        """Measure the face where the track says; None if a detector must look."""
        may_match = following.match_from is not None
        look_every = tracking.LOOK_EVERY if may_match else tracking.LOOK_EVERY_UNMATCHED
        followed = lane.follow(frame, track, stages, look_every=look_every)
        if followed is None:
            return None
        candidate, track = followed
        bare = Wants(embedding=False, gestures=wants.gestures, patch=wants.patch)
        face = self._measure_face(lane, frame, candidate, [candidate.detection], bare, stages)
        if _may_be_matched(face.quality, following.match_from):
            return None
        if wants.embedding and wants.gestures:
            # The face is compared with the session's, and with no template.
            face = self._recognize(frame, candidate, face, stages, mirror=False)
        return FrameAnalysis(
            boxes=(candidate.detection.box,),
            face=face,
            model=self.model,
            stages=stages.milliseconds,
            track=track,
        )

    def warm_up(self) -> None:
        blank = np.full((256, 256, 3), 127, dtype=np.uint8)
        frame = Frame(pixels=blank, digest="", fingerprint=b"")
        lanes = [self._lanes.get() for _ in range(self._count)]
        try:
            for lane in lanes:
                lane.warm_up(frame, liveness=self.has_liveness)
        finally:
            for lane in lanes:
                self._lanes.put(lane)
        self._shared.warm_up(frame, liveness=self.has_liveness)

    @contextmanager
    def _borrow_lane(self) -> Iterator[_Lane]:
        lane = self._lanes.get()
        try:
            yield lane
        finally:
            self._lanes.put(lane)

    def _drop_copies(self, frame: Frame, candidates: list[Candidate]) -> list[Candidate]:
        def embed(candidate: Candidate) -> Embedding:
            return self._shared.recognizer.embed(frame.pixels, five_points(candidate.mesh))

        def is_same_person(a: Candidate, b: Candidate) -> bool:
            calibration = load_calibration(settings.FACEPLATFORM_CALIBRATION_DIR, self.model)
            threshold = calibration.threshold(_COPY_FMR, template_frames=1, probe_frames=1)
            return similarity(embed(a), embed(b)) >= threshold

        return without_copies(candidates, is_same_person)

    def _measure_face(
        self,
        lane: _Lane,
        frame: Frame,
        candidate: Candidate,
        detections: list[Detection],
        wants: Wants,
        stages: _Stages,
    ) -> Face:
        pixels, box, mesh = frame.pixels, candidate.detection.box, candidate.mesh
        measured = lane.measure(frame, candidate, detections, stages)
        face, liveness = measured.face, None
        if wants.embedding and candidate.confirmed:
            face = self._recognize(frame, candidate, face, stages)
        if wants.liveness and candidate.confirmed:
            with stages.time("liveness"):
                tree = self._shared.deep_tree if wants.second_liveness else None
                liveness = lane.liveness.check(pixels, box, roll=face.pose.roll, tree=tree)
        opening = measured.eyes.opening
        return replace(
            face,
            liveness=liveness,
            gestures=read_gestures(frame, box, mesh, opening) if wants.gestures else None,
            patch=face_patch(pixels, mesh) if wants.patch and candidate.confirmed else None,
        )

    def _recognize(
        self,
        frame: Frame,
        candidate: Candidate,
        face: Face,
        stages: _Stages,
        *,
        mirror: bool = True,
    ) -> Face:
        with stages.time("recognition"):
            embedding, oddness = self._shared.recognizer.recognize(
                frame.pixels, five_points(candidate.mesh), mirror=mirror
            )
        return recognized(face, embedding, oddness)


def _track_to_follow(following: Following) -> Track | None:
    """Return the track; None if the frame is measured as if alone, as it likely may be matched."""
    track = following.track
    if track is None or (following.match_from is not None and track.was_matchable):
        return None
    return track


def _begun(candidate: Candidate, face: Face, frame: Frame, following: Following) -> Track | None:
    track = tracking.begin(candidate, frame.pixels)
    matchable = _may_be_matched(face.quality, following.match_from)
    return None if track is None else replace(track, was_matchable=matchable)


def _may_be_matched(quality: Quality, match_from: dict[str, float] | None) -> bool:
    return match_from is not None and all(
        getattr(quality, measure) >= least for measure, least in match_from.items()
    )


class OneLaneEngine(LocalEngine):
    """The engine of a worker process, which measures one frame at a time: a single lane."""

    def __init__(self) -> None:
        super().__init__(lanes=1)
