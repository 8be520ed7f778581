"""Flat or solid: a flat picture that is turned moves as one plane, and a head does not.

Features of the image are tracked from the face at rest to the face that has moved. The points of a
plane move by a homography, which a polynomial of second order follows closely at the angles of a
face, and so do those of a sheet that is bent a little. By such a polynomial the moved face is laid
onto the one at rest, and the features are tracked again: a sheet then fits, however far it was
turned. Its motion is taken away. The nose, the eye sockets and the chin of a head are left over:
parallax. Depth that a face mesh claims plays no part: it claims the same depth of a photograph.

A screen that shows a head that turns moves as a head does: this check does not see it. Nor does it
see a mask.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.types import MOST_PATCH_SIDE
from faceplatform.liveness.parallax import LEAST_TRACKS, LIMITS, Evidence, Limits, Parallax, judge

Patch = NDArray[np.uint8]
Points = NDArray[np.float64]

# Shares of the patch: the half axes of the ellipse in which features are looked for, so that they
# are the face's and not those of what is behind it.
_HALF_WIDTH, _HALF_HEIGHT = 0.39, 0.45

_MOST_FEATURES = 150
# OpenCV's `goodFeaturesToTrack`: the least quality, as a share of the best feature's, the least
# distance and the window, both in pixels.
_LEAST_QUALITY, _APART, _CORNER_WINDOW = 0.005, 5, 5
# OpenCV's `calcOpticalFlowPyrLK`: window, halvings, and when to stop: iterations and step.
_WINDOW, _HALVINGS, _STOP = (21, 21), 3, (3, 20, 0.02)
# A track that does not lead back to within so many pixels is wrong.
_MOST_FORWARD_BACKWARD = 1.0
# Nor is one whose windows differ by more grey levels, on average and after light was evened out:
# strange pictures differ by 35 and more, a turned face by 5 to 15.
_MOST_DIFFERENCE = 17.0
# Light is evened out before: each pixel less the mean around it, over the deviation there. A card
# that is turned gets darker or brighter, and tracking takes that for motion; dark faces have as
# many tracks as bright ones. Sizes: the surroundings as a share of the patch; a deviation in grey
# levels, below which there is only noise; the grey levels that a deviation becomes.
_AROUND, _NOISE, _GREYS = 0.1, 4.0, 40.0

# Fewer tracks do not tell how a sheet lies: its polynomial has twelve parameters.
_LEAST_TO_LAY = 20
# The part of the tracks that is at most so far off: robust, and still sees a nose.
_PERCENTILE = 75
# Reweighted least squares: rounds, and the distance in pixels from which a track counts less.
_ROUNDS, _SCALE = 4, 1.0


def compare(rest: Patch, moved: Patch) -> Parallax:
    """Measure the parallax between a face at rest and the same face turned, or nearer.

    Args:
        rest, moved: grey faces, uint8, 2-D, at most MOST_PATCH_SIDE a side, of one shape; see
            `engine.stages.face_patch`.

    Raises:
        ValueError: a patch is of another kind, too large, or they differ in shape.
    """
    _require_patches(rest, moved)
    start, end = _track_twice(_evened(rest), _evened(moved))
    if len(start) < LEAST_TRACKS:
        return Parallax(tracks=len(start), motion=0.0, residual=0.0)
    return Parallax(
        tracks=len(start),
        motion=_spread(end - _fit(_similarity_terms(start), end)),
        residual=_spread(end - _fit(_rolled_terms(start, rest.shape), end)),
    )


def judge_patches(rest: Patch, moved: Sequence[Patch], limits: Limits = LIMITS) -> Evidence:
    """Return the verdict on a face at rest and patches of it that has moved; see `compare`."""
    return judge((compare(rest, patch) for patch in moved), limits)


def _require_patches(*patches: Patch) -> None:
    for patch in patches:
        if patch.ndim != 2 or patch.dtype != np.uint8 or max(patch.shape) > MOST_PATCH_SIDE:
            raise ValueError(f"a patch of shape {patch.shape} and type {patch.dtype}")
        if patch.shape != patches[0].shape:
            raise ValueError(f"patches of shapes {patches[0].shape} and {patch.shape}")


def _evened(patch: Patch) -> Patch:
    """Return the patch without what light does to it: the same for a brighter or darker one."""
    grey, around = patch.astype(np.float32), _AROUND * max(patch.shape)
    mean = cv2.GaussianBlur(grey, (0, 0), around)
    variance = cv2.GaussianBlur(grey * grey, (0, 0), around) - mean * mean
    deviation = np.sqrt(np.maximum(variance, 0)) + _NOISE
    return np.clip(127.5 + _GREYS * (grey - mean) / deviation, 0, 255).astype(np.uint8)


def _track_twice(rest: Patch, moved: Patch) -> tuple[Points, Points]:
    """Return the places of features in both patches: float64, (n, 2) each.

    The second time they are looked for in the moved patch laid onto the one at rest, where they are
    near and alike; so what is left of their motion is not the error of a far and skew track.
    """
    features = _features(rest)
    start, end = _track(features, rest, moved)
    if len(start) < _LEAST_TO_LAY:
        return start, end
    sheet = _solve(_sheet_terms(start, rest.shape), end).reshape(2, -1).T

    def lead(points: Points) -> Points:
        return np.asarray(_second_order(points, rest.shape) @ sheet)

    rows, columns = np.indices(rest.shape)
    pixels = np.stack([columns.ravel(), rows.ravel()], 1).astype(np.float64)
    where = lead(pixels).astype(np.float32).reshape(*rest.shape, 2)
    laid = cv2.remap(moved, where[..., 0], where[..., 1], cv2.INTER_LINEAR)
    start, end = _track(features, rest, np.asarray(laid, dtype=np.uint8))
    return start, lead(end)


def _track(features: NDArray[np.float32], rest: Patch, moved: Patch) -> tuple[Points, Points]:
    if not len(features):
        return np.zeros((0, 2)), np.zeros((0, 2))
    there, alike = _follow(rest, moved, features)
    back, alike_back = _follow(moved, rest, there)
    off = np.linalg.norm((back - features).reshape(-1, 2), axis=1)
    good = alike & alike_back & (off <= _MOST_FORWARD_BACKWARD)
    start, end = (points.reshape(-1, 2)[good].astype(np.float64) for points in (features, there))
    return start, end


def _features(patch: Patch) -> NDArray[np.float32]:
    """Return the corners of a face, which can be followed: float32, (n, 1, 2)."""
    # OpenCV's declaration does not say that it returns None if there is no corner.
    corners: Any = cv2.goodFeaturesToTrack(
        patch,
        _MOST_FEATURES,
        _LEAST_QUALITY,
        _APART,
        mask=_face_of(patch.shape),
        blockSize=_CORNER_WINDOW,
    )
    nothing = np.zeros((0, 1, 2), dtype=np.float32)
    return nothing if corners is None else np.asarray(corners, dtype=np.float32)


def _follow(
    before: Patch, after: Patch, points: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    followed, found, difference = cv2.calcOpticalFlowPyrLK(
        before,
        after,
        points,
        np.empty_like(points),
        winSize=_WINDOW,
        maxLevel=_HALVINGS,
        criteria=_STOP,
    )
    alike = (np.ravel(found) == 1) & (np.ravel(difference) <= _MOST_DIFFERENCE)
    return np.asarray(followed, dtype=np.float32), alike


def _face_of(shape: tuple[int, ...]) -> Patch:
    """Return the mask of the ellipse in which features are looked for."""
    height, width = shape
    mask = np.zeros((height, width), dtype=np.uint8)
    axes = (round(_HALF_WIDTH * width), round(_HALF_HEIGHT * height))
    cv2.ellipse(mask, (width // 2, height // 2), axes, 0, 0, 360, (255,), -1)
    return mask


def _similarity_terms(points: Points) -> NDArray[np.float64]:
    """Return the design matrix of shift, scale and rotation in the image: (2 n, 4)."""
    x, y = points.T
    one, zero = np.ones_like(x), np.zeros_like(x)
    return np.concatenate([np.stack([x, -y, one, zero], 1), np.stack([y, x, zero, one], 1)])


def _second_order(points: Points, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the terms of all motions of second order, of one coordinate: (n, 6).

    Such motions are those of a plane to second order in its perspective, and of a sheet bent along
    one line or, slightly, along two.
    """
    x, y = _centred(points, shape)
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], 1)


def _sheet_terms(points: Points, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the design matrix of all motions of second order: (2 n, 12)."""
    return np.asarray(np.kron(np.eye(2), _second_order(points, shape)), dtype=np.float64)


def _rolled_terms(points: Points, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return that of a sheet that is also rolled around an upright line, as far as one likes: to
    fourth order in this direction, (2 n, 16).

    A face that is turned aside is what such a sheet pretends to be. Rolled the other way, it is
    hardly read as a nod.
    """
    x, _ = _centred(points, shape)
    rolled = np.column_stack([_second_order(points, shape), x**3, x**4])
    return np.kron(np.eye(2), rolled)


def _centred(points: Points, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return x and y within -1..1 on the patch: (2, n)."""
    return np.asarray((points / (np.array(shape[::-1]) / 2) - 1).T, dtype=np.float64)


def _fit(terms: NDArray[np.float64], end: Points) -> Points:
    """Return the places, (n, 2), to which the terms lead."""
    return np.asarray((terms @ _solve(terms, end)).reshape(2, -1).T)


def _solve(terms: NDArray[np.float64], end: Points) -> NDArray[np.float64]:
    """Return the coefficients of the terms, fitted so that wrong tracks count less.

    Reweighted least squares is as good as RANSAC here, and always gives the same answer.
    """
    target, weights = end.T.ravel(), np.ones(len(end))
    solution: NDArray[np.float64] = np.zeros(terms.shape[1])
    for _ in range(_ROUNDS):
        both = np.tile(weights, 2)
        solved = np.linalg.lstsq(terms * both[:, None], target * both, rcond=None)[0]
        solution = np.asarray(solved, dtype=np.float64)
        off = np.linalg.norm(end - (terms @ solution).reshape(2, -1).T, axis=1)
        weights = 1 / np.sqrt(1 + (off / _SCALE) ** 2)
    return solution


def _spread(off: Points) -> float:
    return float(np.percentile(np.linalg.norm(off, axis=1), _PERCENTILE))
