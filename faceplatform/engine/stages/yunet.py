"""YuNet: a small net that finds faces of 20 to 600 pixels, and their eyes.

It finds smaller faces than the BlazeFace pair, takes as long for 640 x 480 (15 ms) and less for
smaller frames (2.5 against 18 ms for 250 x 250).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.catalogue import weights
from faceplatform.engine.catalogue.choices import DetectorChoice
from faceplatform.engine.runtime import load_onnx_session
from faceplatform.engine.stages.detection import Detection
from faceplatform.engine.stages.regions import scaled
from faceplatform.engine.types import Box

# OpenCV's default of 0.9 finds 80 % of 198 LFW faces 40 px wide in 640 x 480, and 92 % at 64 px.
# 0.8 finds 99 %, and takes 5 % of images of shuffled face parts for faces (0.7: 18 %), which the
# mesh then refuses.
SCORE_THRESHOLD = 0.8
# OpenCV's FaceDetectorYN: boxes that overlap more than this are one face.
OVERLAP_THRESHOLD = 0.3

# A larger frame is reduced to this longest side: the net was trained on such images, and misses
# larger faces than they had.
_LONGEST_SIDE = 640
_STRIDES = (8, 16, 32)
_POINTS = 5
_OUTPUTS = [f"{kind}_{stride}" for stride in _STRIDES for kind in ("cls", "obj", "bbox", "kps")]


@dataclass(frozen=True, slots=True, eq=False)
class _Faces:
    """Candidates, best first.

    Attributes:
        scores: (n,), 0..1.
        boxes: (n, 4): left, top, right, bottom, in pixels of the net's input.
        points: (n, 5, 2): image-left and image-right eye, nose, image-left and image-right mouth
            corner.
    """

    scores: NDArray[np.float32]
    boxes: NDArray[np.float32]
    points: NDArray[np.float32]


class YuNet:
    """The net on onnxruntime, which runs it 2.4 times as fast as OpenCV's own runner.

    Raises:
        faceplatform.errors.ModelMissing: the weights are not installed.
        faceplatform.errors.ModelCorrupted: the checksum of the weights is wrong.
    """

    def __init__(self, _choice: DetectorChoice | None = None) -> None:
        self._net = load_onnx_session(weights.locate("yunet"))
        (net_input,) = self._net.get_inputs()
        self._input = net_input.name
        height, width = net_input.shape[2:]
        # OpenCV's file takes images of one size, that of libfacedetection.train any size.
        self._fixed = (width, height) if isinstance(width, int) else None

    def detect(self, pixels: NDArray[np.uint8]) -> list[Detection]:
        """Return every face in an upright RGB frame (height, width, 3), widest first."""
        height, width = pixels.shape[:2]
        size = self._size(width, height)
        faces = _distinct(self._find_candidates(scaled(pixels, size)))
        factor = np.array([width, height], dtype=np.float32) / np.array(size, dtype=np.float32)
        detections = [
            _detection(score, box.reshape(2, 2) * factor, points * factor)
            for score, box, points in zip(faces.scores, faces.boxes, faces.points, strict=True)
        ]
        return sorted(detections, key=lambda detection: detection.box.width, reverse=True)

    def _size(self, width: int, height: int) -> tuple[int, int]:
        """Return the width and height of a frame in the input of the net."""
        room = self._fixed or (_LONGEST_SIDE, _LONGEST_SIDE)
        scale = min(1.0, room[0] / width, room[1] / height)
        return max(1, round(width * scale)), max(1, round(height * scale))

    def _find_candidates(self, reduced: NDArray[np.uint8]) -> _Faces:
        height, width = reduced.shape[:2]
        columns, rows = self._fixed or (_rounded_up(width), _rounded_up(height))
        canvas = np.zeros((1, 3, rows, columns), dtype=np.float32)
        canvas[0, :, :height, :width] = reduced[:, :, ::-1].transpose(2, 0, 1)  # BGR
        outputs = iter(self._net.run(_OUTPUTS, {self._input: canvas}))
        found = [
            _decoded(
                next(outputs)[0],
                next(outputs)[0],
                next(outputs)[0],
                next(outputs)[0],
                stride=stride,
                columns=columns // stride,
            )
            for stride in _STRIDES
        ]
        scores = np.concatenate([faces.scores for faces in found])
        order = np.argsort(-scores, kind="stable")
        return _Faces(
            scores=scores[order],
            boxes=np.concatenate([faces.boxes for faces in found])[order],
            points=np.concatenate([faces.points for faces in found])[order],
        )


def _rounded_up(pixels: int) -> int:
    """Round up to a multiple of the coarsest stride."""
    return -(-pixels // _STRIDES[-1]) * _STRIDES[-1]


def _decoded(
    classes: NDArray[np.float32],
    objects: NDArray[np.float32],
    boxes: NDArray[np.float32],
    points: NDArray[np.float32],
    *,
    stride: int,
    columns: int,
) -> _Faces:
    """Decode one grid of the net to pixels of its input.

    As OpenCV's FaceDetectorYN: the score is the geometric mean of two; box centre and
    points are relative to the cell's corner, sizes are logarithms, all in units of the stride.
    """
    scores = np.sqrt(np.clip(classes[:, 0], 0, 1) * np.clip(objects[:, 0], 0, 1))
    (kept,) = np.nonzero(scores >= SCORE_THRESHOLD)
    rows, places = np.divmod(kept, columns)
    corners = np.stack([places, rows], axis=1).astype(np.float32)
    centres = corners + boxes[kept, :2]
    halves = np.exp(boxes[kept, 2:]) / 2
    return _Faces(
        scores=scores[kept],
        boxes=np.concatenate([centres - halves, centres + halves], axis=1) * stride,
        points=(points[kept].reshape(-1, _POINTS, 2) + corners[:, None]) * stride,
    )


def _distinct(faces: _Faces) -> _Faces:
    """Keep the best of overlapping boxes (non-maximum suppression)."""
    remaining, kept = np.arange(len(faces.scores)), list[int]()
    while len(remaining):
        best, remaining = int(remaining[0]), remaining[1:]
        kept.append(best)
        overlaps = _overlap(faces.boxes[best], faces.boxes[remaining])
        remaining = remaining[overlaps <= OVERLAP_THRESHOLD]
    return _Faces(faces.scores[kept], faces.boxes[kept], faces.points[kept])


def _overlap(box: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the intersection over union of a box with each of others: (n,)."""
    sides = np.minimum(boxes[:, 2:], box[2:]) - np.maximum(boxes[:, :2], box[:2])
    common = np.prod(np.maximum(sides, 0), axis=1)
    union = np.prod(box[2:] - box[:2]) + np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) - common
    return np.asarray(common / np.maximum(union, 1e-6), dtype=np.float32)


def _detection(
    score: np.float32, corners: NDArray[np.float32], points: NDArray[np.float32]
) -> Detection:
    (left, top), (right, bottom) = corners.tolist()
    return Detection(
        box=Box(x=left, y=top, width=right - left, height=bottom - top, confidence=float(score)),
        keypoints=np.asarray(points, dtype=np.float32),
    )
