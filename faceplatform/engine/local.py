"""LocalEngine: the stages in order, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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
from faceplatform.engine.stages.appearance import in_view
from faceplatform.engine.stages.detection import Detector, build_detector
from faceplatform.engine.stages.eyes import EyeContours
from faceplatform.engine.stages.face_chip import FaceChip, face_chip
from faceplatform.engine.stages.faces import Candidate, relevant_faces, without_copies
from faceplatform.engine.stages.landmarks import FaceMesh, five_points, head_pose
from faceplatform.engine.stages.liveness import PassiveLiveness
from faceplatform.engine.stages.quality import measure
from faceplatform.engine.stages.recognition import Recognizer, build_recognizer
from faceplatform.engine.types import Face, Frame, FrameAnalysis, Pose, Quality, Wants
from faceplatform.matching.calibration import load_calibration
from faceplatform.matching.embeddings import Embedding, similarity

# The false match rate at which a small face counts as a copy of the large one beside it. A stranger
# who is taken for a copy gains nothing: the large face is measured.
_COPY_FMR = 1e-3


@dataclass
class _Stages:
    """How long each stage of a frame took, in the order they ran."""

    milliseconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def time(self, name: str) -> Iterator[None]:
        start = perf_counter()
        yield
        self.milliseconds[name] = (perf_counter() - start) * 1000


class _Lane:
    """What one frame at a time may use. Whoever holds the lane may build it: no lock needed."""

    @cached_property
    def _detector(self) -> Detector:
        # The pictures are small once reduced; OpenCV's own threads would only fight the lanes.
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

    def faces(self, frame: Frame, stages: _Stages) -> list[Candidate]:
        with stages.time("detection"):
            detections = self._detector.detect(frame.pixels)
        with stages.time("landmarks"):
            return relevant_faces(frame.pixels, detections, self._face_mesh)

    def quality(self, frame: Frame, face: Candidate, pose: Pose, chip: FaceChip) -> Quality:
        # Where the mesh found no face there are no eyes to look at.
        opening = self._eyes.opening(frame.pixels, face.mesh) if face.confirmed else 0.0
        box = face.detection.box
        return measure(frame.pixels, box, face.mesh, pose, chip=chip, eye_opening=opening)

    def warm_up(self, frame: Frame, *, liveness: bool) -> None:
        self._detector.detect(frame.pixels)
        self._face_mesh.run_once()
        self._eyes.run_once()
        if liveness:
            self.liveness.run_once()


class _Shared:
    """What all lanes share: the net whose session is thread-safe, loaded once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._recognizer: Recognizer | None = None

    @property
    def recognizer(self) -> Recognizer:
        with self._lock:
            if self._recognizer is None:
                self._recognizer = build_recognizer(settings.FACEPLATFORM_RECOGNITION_MODEL)
            return self._recognizer

    def warm_up(self, frame: Frame) -> None:
        side = frame.width
        somewhere = np.array([(0.4, 0.4), (0.6, 0.4), (0.5, 0.5), (0.42, 0.6), (0.58, 0.6)])
        self.recognizer.embed(frame.pixels, somewhere * side)


class LocalEngine(ConfiguredEngine, DecodingEngine):
    """Measures frames in the threads that ask.

    Most interpreters are not thread-safe, so a frame borrows a lane that holds one of each; with
    all lanes taken it waits for one. Models are loaded by the first frame that
    needs them (or by ``warm_up``), never before: a process that forks must fork first.

    Args:
        lanes: how many frames are measured at once; None for what the settings say.
    """

    def __init__(self, *, lanes: int | None = None) -> None:
        self._count = lanes or settings.FACEPLATFORM_ENGINE_LANES
        self._shared = _Shared()
        # Last in, first out: a quiet process keeps to one lane and never loads the others.
        self._lanes: LifoQueue[_Lane] = LifoQueue()
        for _ in range(self._count):
            self._lanes.put(_Lane())

    def analyze(self, frame: Frame, *, wants: Wants) -> FrameAnalysis:
        """See DecodingEngine.analyze.

        A face whose presence is below faces.CONFIRMED_PRESENCE is returned without embedding and
        liveness, whatever was wanted: there is nothing there to recognise.
        """
        if wants.liveness and not self.has_liveness:
            raise errors.ModelMissing("The weights of passive liveness are not installed")
        stages = _Stages()
        with self._borrowed_lane() as lane:
            candidates = self._without_copies(frame, lane.faces(frame, stages))
            only = candidates[0] if len(candidates) == 1 else None
            face = None if only is None else self._measured(lane, frame, only, wants, stages)
        return FrameAnalysis(
            boxes=tuple(candidate.detection.box for candidate in candidates),
            face=face,
            model=self.model,
            stages=stages.milliseconds,
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
        self._shared.warm_up(frame)

    @contextmanager
    def _borrowed_lane(self) -> Iterator[_Lane]:
        lane = self._lanes.get()
        try:
            yield lane
        finally:
            self._lanes.put(lane)

    def _without_copies(self, frame: Frame, candidates: list[Candidate]) -> list[Candidate]:
        def embedding(candidate: Candidate) -> Embedding:
            return self._shared.recognizer.embed(frame.pixels, five_points(candidate.mesh))

        def is_same_person(a: Candidate, b: Candidate) -> bool:
            calibration = load_calibration(settings.FACEPLATFORM_CALIBRATION_DIR, self.model)
            threshold = calibration.threshold(_COPY_FMR, template_frames=1, probe_frames=1)
            return similarity(embedding(a), embedding(b)) >= threshold

        return without_copies(candidates, is_same_person)

    def _measured(
        self, lane: _Lane, frame: Frame, candidate: Candidate, wants: Wants, stages: _Stages
    ) -> Face:
        pixels, box, mesh = frame.pixels, candidate.detection.box, candidate.mesh
        embedding = liveness = None
        with stages.time("quality"):
            pose = head_pose(mesh)
            chip = face_chip(pixels, mesh)
            quality = lane.quality(frame, candidate, pose, chip)
            presence = candidate.presence if in_view(chip) else 0.0
        if wants.embedding and candidate.confirmed:
            with stages.time("recognition"):
                embedding = self._shared.recognizer.embed(pixels, five_points(mesh))
        if wants.liveness and candidate.confirmed:
            with stages.time("liveness"):
                liveness = lane.liveness.check(pixels, box, roll=pose.roll)
        return Face(
            box=box,
            presence=presence,
            pose=pose,
            quality=quality,
            embedding=embedding,
            liveness=liveness,
        )


class OneLaneEngine(LocalEngine):
    """The engine of a worker's process, which measures one frame at a time: one of everything."""

    def __init__(self) -> None:
        super().__init__(lanes=1)
