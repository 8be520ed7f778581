"""Face detection by BlazeFace: two nets that complement each other.

The "back" net (256 px) finds small faces and fails on faces that fill the frame; the "short" net
(128 px), given the frame with a border, finds those and no small ones. Both run on every frame.
Running the short net alone when it is sure would save the more expensive one, but would miss
exactly what must not be missed: a second, smaller face next to the large one. For alternatives
that were tried see `docs/performance.md`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from django.utils.module_loading import import_string
from numpy.typing import NDArray

from faceplatform.engine.catalogue import choices, weights
from faceplatform.engine.catalogue.choices import DetectorChoice
from faceplatform.engine.stages.regions import halvings, scaled, trimmed
from faceplatform.engine.types import Box

# From MediaPipe's face_detection_short_range and face_detection_back graphs, as are the strides.
SCORE_THRESHOLD = 0.5
OVERLAP_THRESHOLD = 0.3
_RAW_SCORE_LIMIT = 100.0
_ANCHORS_PER_CELL = 2

# Two nets and a merge by overlap can leave a small box inside of a large one for the same face.
# This share of the smaller box within the larger one makes it the same face.
NESTED_SHARE = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A detected face.

    Attributes:
        box: in pixels of the frame; may reach outside of it.
        keypoints: float32, (n, 2), in pixels of the frame: image-left eye, image-right eye, then
            any others. BlazeFace has six in all: nose tip, mouth centre, image-left and
            image-right ear.
        eyes_guessed: True if the detector finds no eyes, and these are guessed from the box.
    """

    box: Box
    keypoints: NDArray[np.float32]
    eyes_guessed: bool = False


class Detector(Protocol):
    """A face detector. It need not be thread-safe: each lane has its own."""

    def detect(self, pixels: NDArray[np.uint8]) -> list[Detection]:
        """Return every face in an upright RGB frame (height, width, 3), widest first."""


def build_detector(name: str) -> Detector:
    """Load the detector that a setting names.

    Raises:
        faceplatform.errors.ConfigurationError: the detector is not known.
        faceplatform.errors.ModelMissing: its weights are not installed.
        faceplatform.errors.ModelCorrupted: the checksum of its weights is wrong.
    """
    choice = choices.detector(name)
    builder: Callable[[DetectorChoice], Detector] = import_string(choice.builder)
    return builder(choice)


# Pixels per result pixel that halving leaves for the slow averaging by any other factor: 1.25 to
# 2.5. With fewer, the tiniest faces (24 px between the eyes in a frame of 2204) are lost. With 3 to
# 6 a frame of one megapixel takes 1.8 ms more; on 2,800 frames of four sizes with one LFW face (40
# to 200 px of 640) 98.4 % are found instead of 98.5, on 378 frames with two faces both in 97 %.
_SAMPLES = 1.25


@dataclass(frozen=True, slots=True)
class _Look:
    """The view that a net gets of a frame.

    Attributes:
        weights: the net's name in the manifest.
        strides: of the layers of anchors.
        side: the longest side of the reduced frame, in pixels.
        border: added on each side, in pixels of the reduced frame.
        least: the least side of the canvas. Narrower ones lose tiny faces (to a net, the edge of
            its canvas differs from black), and so do narrow frames on any canvas but a square.
        threshold: the least score of a candidate.
    """

    weights: str
    strides: tuple[int, ...]
    side: int
    border: int
    least: int
    threshold: float


# The border of the near look is a quarter of the longest side.
_NEAR = _Look(
    "blazeface_short", (8, 16, 16, 16), side=85, border=21, least=96, threshold=SCORE_THRESHOLD
)
# Eight bits lower the scores of the far net a little: by 0.06 before the sigmoid, in the mean over
# 400 faces 44 to 70 px wide, one in a hundred of which would otherwise be lost.
_FAR = _Look("blazeface_far", (16, 32, 32, 32), side=256, border=0, least=192, threshold=0.485)


class BlazeFacePair:
    """The two BlazeFace nets; not thread-safe."""

    def __init__(self, _choice: DetectorChoice | None = None) -> None:
        self._far, self._near = _BlazeFace(_FAR), _BlazeFace(_NEAR)

    def detect(self, pixels: NDArray[np.uint8]) -> list[Detection]:
        # Trim the pixels that halving would drop, so that coordinates stay exact.
        pixels = trimmed(pixels, halvings(max(pixels.shape[:2]) / _FAR.side))
        height, width = pixels.shape[:2]
        # The near net needs a smaller frame still: it is made from the far net's, so that a large
        # frame is read once.
        reduced = self._far.reduce(pixels)
        candidates = np.concatenate(
            [
                self._far.find_candidates(reduced, (width, height)),
                self._near.find_candidates(self._near.reduce(reduced), (width, height)),
            ]
        )
        detections = [_detection(row) for row in _without_nested(_merged(candidates))]
        return sorted(detections, key=lambda detection: detection.box.width, reverse=True)


class _BlazeFace:
    """A net with its look: a reduced frame in, scored candidates in frame pixels out.

    The nets take any size that their strides divide, so the canvas has the shape of the frame: a
    frame of 4 : 3 would leave a quarter of a square empty. Changing the shape takes 1 ms, which a
    client that keeps its camera never pays.
    """

    def __init__(self, look: _Look) -> None:
        path = weights.locate(look.weights)
        self._net = Interpreter(model_path=str(path), num_threads=1)
        self._look = look
        (entrance,) = self._net.get_input_details()
        self._input: int = entrance["index"]
        self._whole: bool = entrance["dtype"] is np.int8
        outputs = {item["name"]: item["index"] for item in self._net.get_output_details()}
        self._regressors, self._scores = outputs["regressors"], outputs["classificators"]
        self._shape = (0, 0)
        self._anchors = np.empty((0, 2), dtype=np.float32)

    def reduce(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Scale a frame (height, width, 3) to its size in the input of this net."""
        height, width = pixels.shape[:2]
        scale = self._look.side / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        return scaled(pixels, size, samples=_SAMPLES)

    def find_candidates(
        self, reduced: NDArray[np.uint8], frame_size: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Run the net.

        Args:
            reduced: the result of ``reduce``.
            frame_size: the frame's width and height.

        Returns:
            float32, (n, 18): score; left, top, right, bottom; six key points x, y (all in
            frame pixels); precision. Candidates overlap: the net fires several times per face.
        """
        height, width = reduced.shape[:2]
        left, top = self._run(reduced)
        scores = _sigmoid(self._net.get_tensor(self._scores)[0, :, 0])
        kept = scores >= self._look.threshold
        points = self._net.get_tensor(self._regressors)[0, kept].reshape(-1, 8, 2)
        points = _corners(points, self._anchors[kept])
        offset = np.array([left, top], dtype=np.float32)
        factor = np.array(frame_size, dtype=np.float32) / np.array([width, height], np.float32)
        in_frame = (points - offset) * factor
        # Both nets err by about a pixel of their own input, so the points of the back net are three
        # times as exact (on 12 portraits, in eye distances: 0.03 against 0.15). The mean weights
        # them by the inverse of the variance. On 250 LFW faces this finds the same faces as
        # weighting by score alone; the median error of the eyes falls from 0.119 to 0.096 for
        # faces 200 px wide in 640 x 480, and rises from 0.107 to 0.122 where the face fills the
        # frame (there the back net is the worse one).
        precision = np.full((len(points), 1), float(self._look.side**2), dtype=np.float32)
        return np.concatenate(
            [scores[kept, None], in_frame.reshape(-1, 16), precision], axis=1, dtype=np.float32
        )

    def _run(self, reduced: NDArray[np.uint8]) -> tuple[int, int]:
        """Run the net on a frame centred on its canvas; return the corner of the frame there."""
        height, width = reduced.shape[:2]
        shape = (self._canvas_side(height), self._canvas_side(width))
        if shape != self._shape:
            self._reshape(shape)
        top, left = (shape[0] - height) // 2, (shape[1] - width) // 2
        canvas = np.zeros((1, *shape, 3), dtype=np.uint8)
        canvas[0, top : top + height, left : left + width] = reduced
        self._net.set_tensor(self._input, self._as_input(canvas))
        self._net.invoke()
        return left, top

    def _as_input(self, canvas: NDArray[np.uint8]) -> NDArray[np.int8] | NDArray[np.float32]:
        """Convert pixels to the input of the net: 0..255 minus 128, or -1..1."""
        if self._whole:
            return (canvas ^ np.uint8(128)).view(np.int8)
        return np.asarray(canvas * np.float32(2 / 255) - 1, dtype=np.float32)

    def _reshape(self, shape: tuple[int, int]) -> None:
        self._net.resize_tensor_input(self._input, [1, *shape, 3])
        self._net.allocate_tensors()
        self._anchors = _anchors(shape, self._look.strides)
        self._shape = shape

    def _canvas_side(self, content: int) -> int:
        """Return the side of the canvas for this many pixels: a multiple of the coarsest stride."""
        stride = max(self._look.strides)
        least = self._look.least if content >= self._look.side / 2 else self._look.side
        side = max(content + 2 * self._look.border, least)
        return -(-side // stride) * stride


def _anchors(shape: tuple[int, int], strides: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the centres of the anchors, float32 (n, 2), in pixels of the input (height, width).

    As MediaPipe's SsdAnchorsCalculator with fixed anchor size: two anchors per cell and layer,
    layers of equal stride interleaved.
    """
    grids = []
    for stride in sorted(set(strides)):
        rows, columns = (
            (np.arange(side // stride, dtype=np.float32) + 0.5) * stride for side in shape
        )
        cells = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
        grids.append(np.repeat(cells, _ANCHORS_PER_CELL * strides.count(stride), axis=0))
    return np.concatenate(grids)


def _corners(points: NDArray[np.float32], anchors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Convert (centre, size, key points) relative to anchors to (corner, corner, key points)."""
    half = points[:, 1] / 2
    centre = points[:, 0] + anchors
    corners = np.stack([centre - half, centre + half], axis=1)
    return np.concatenate([corners, points[:, 2:] + anchors[:, None]], axis=1)


def _sigmoid(raw: NDArray[np.float32]) -> NDArray[np.float32]:
    clipped = np.clip(raw.astype(np.float64), -_RAW_SCORE_LIMIT, _RAW_SCORE_LIMIT)
    return (1 / (1 + np.exp(-clipped))).astype(np.float32)


def _merged(candidates: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Merge overlapping candidates to their mean, weighted by score and precision.

    The score of a group is that of its best candidate.
    """
    remaining = candidates[np.argsort(-candidates[:, 0], kind="stable")]
    merged = []
    while len(remaining):
        alike = _intersection_over_union(remaining[0], remaining) > OVERLAP_THRESHOLD
        alike[0] = True  # a box without area does not even overlap itself
        group = remaining[alike]
        shares = group[:, 0] * group[:, -1]
        mean = shares @ group / shares.sum()
        mean[0] = group[0, 0]
        merged.append(mean)
        remaining = remaining[~alike]
    return merged


def _without_nested(rows: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Keep the better of two boxes of which one lies mostly within the other."""
    kept: list[NDArray[np.float32]] = []
    for row in rows:
        if not kept or _share_of_smaller(row, np.stack(kept)).max() < NESTED_SHARE:
            kept.append(row)
    return kept


def _intersection_over_union(
    row: NDArray[np.float32], rows: NDArray[np.float32]
) -> NDArray[np.float32]:
    common = _intersection(row, rows)
    union = _area(row[None]) + _area(rows) - common
    return np.asarray(common / np.maximum(union, 1e-6), dtype=np.float32)


def _share_of_smaller(row: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    smaller = np.minimum(_area(row[None]), _area(rows))
    return np.asarray(_intersection(row, rows) / np.maximum(smaller, 1e-6), dtype=np.float32)


def _intersection(row: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    top_left = np.maximum(rows[:, 1:3], row[1:3])
    bottom_right = np.minimum(rows[:, 3:5], row[3:5])
    sides = np.maximum(bottom_right - top_left, 0)
    return np.asarray(sides[:, 0] * sides[:, 1], dtype=np.float32)


def _area(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    sides = np.maximum(rows[:, 3:5] - rows[:, 1:3], 0)
    return np.asarray(sides[:, 0] * sides[:, 1], dtype=np.float32)


def _detection(row: NDArray[np.float32]) -> Detection:
    score, left, top, right, bottom = (float(value) for value in row[:5])
    return Detection(
        box=Box(x=left, y=top, width=right - left, height=bottom - top, confidence=score),
        keypoints=row[5:17].reshape(6, 2),
    )
