"""An open mouth and closed lids, made of a photograph: points that move, and what is drawn."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation.synthetic.surfaces import Pixels, Points

# Mesh points, from the image-left corner to the other one.
_LIDS = (
    ((246, 161, 160, 159, 158, 157, 173), (7, 163, 144, 145, 153, 154, 155)),
    ((466, 388, 387, 386, 385, 384, 398), (249, 390, 373, 374, 380, 381, 382)),
)
_UPPER_LIP = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
_LOWER_LIP = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
_MOUTH_CORNERS = (61, 291)
_MESH_POINTS = 468
# A mouth that is wide open, over the width of the mouth; the darkness in it, and the tongue, RGB;
# where the tongue begins, and the softness of the edges, over the width of the mouth. The mesh net
# reads an open mouth better with a tongue; of somebody who smiles it reads no more than the smile.
_GAP = 0.6
_DARK, _TONGUE = (60, 22, 22), (150, 75, 75)
_TONGUE_FROM, _SOFT = 0.6, 0.03
# A lid has the colour of the skin so many openings of the eye above it, and reaches beyond the eye
# by a share of the opening. Softness over the eye's width; the lashes' light over the skin's.
_LID_ABOVE, _LID_OVER, _LID_SOFT, _LASHES = 1.4, 0.2, 0.06, 0.45


def mouth_opened(points: Points, share: float) -> Points:
    """Return the points with lower lip and chin drawn down, less towards the cheeks."""
    left, right = points[list(_MOUTH_CORNERS)]
    middle, width = (left + right) / 2, float(np.linalg.norm(right - left))
    beside = np.clip(np.abs(points[:, 0] - middle[0]) / width, 0, 1)
    lower = points[:, 1] > points[13, 1]
    lower[list(_UPPER_LIP)] = False
    lower[list(_LOWER_LIP[1:-1])] = True
    lower[_MESH_POINTS:] = False
    moved = points.copy()
    moved[:, 1] += share * _GAP * width * lower * np.cos(beside * np.pi / 2) ** 2
    return moved


def with_inside_of_mouth(frame: Pixels, placed: Points) -> Pixels:
    """Return the frame with darkness and a tongue between the lips.

    Args:
        placed: float64, (n, 3), the mesh first: where the camera sees its points.
    """
    upper, lower = (placed[list(lip), :2] for lip in (_UPPER_LIP, _LOWER_LIP))
    tongue = upper + _TONGUE_FROM * (lower - upper)
    inside = np.empty_like(frame)
    inside[:] = _DARK
    mask = np.zeros(frame.shape[:2], dtype=np.float32)
    _fill(inside, tongue, lower, _TONGUE)
    _fill(mask, upper, lower, (1.0,))
    soft = max(0.5, _SOFT * float(np.linalg.norm(upper[-1] - upper[0])))
    share = cv2.GaussianBlur(mask, (0, 0), soft)[..., None]
    mixed = frame * (1 - share) + cv2.GaussianBlur(inside, (0, 0), soft) * share
    return np.asarray(mixed, dtype=np.uint8)


def with_lids(frame: Pixels, placed: Points, share: float) -> Pixels:
    """Return the frame with the lids drawn down over a share of the eyes, in the skin's colour.

    Args:
        placed: see `with_inside_of_mouth`.
    """
    for upper, lower in _LIDS:
        high, low = placed[list(upper), :2], placed[list(lower), :2]
        edge = high + share * (low - high)
        opening, width = (
            np.linalg.norm(low - high, axis=1).max(),
            np.linalg.norm(high[-1] - high[0]),
        )
        skin = _colour(frame, high.mean(axis=0) - (0, _LID_ABOVE * opening))
        mask = np.zeros(frame.shape[:2], dtype=np.float32)
        over = (0, _LID_OVER * opening)
        _fill(mask, high - over, edge + over, (1.0,))
        soft = cv2.GaussianBlur(mask, (0, 0), max(0.5, _LID_SOFT * float(width)))[..., None]
        frame = np.asarray(frame * (1 - soft) + skin * soft, dtype=np.uint8)
        lashes = tuple(float(c) for c in skin * _LASHES)
        thick = max(1, round(_LID_SOFT * float(width)))
        line = [np.round(edge * 16).astype(np.int32)]
        cv2.polylines(frame, line, isClosed=False, color=lashes, thickness=thick, shift=4)
    return frame


def _colour(frame: Pixels, place: Points) -> NDArray[np.float64]:
    """Return the mean colour of the pixels around a place: (3,)."""
    x, y = np.clip(place, 2, (frame.shape[1] - 3, frame.shape[0] - 3)).astype(int)
    around = frame[y - 1 : y + 2, x - 2 : x + 3].reshape(-1, 3)
    return np.asarray(around.mean(axis=0))


def _fill(canvas: NDArray[Any], upper: Points, lower: Points, colour: tuple[float, ...]) -> None:
    outline = np.vstack([upper, lower[::-1]])
    cv2.fillPoly(canvas, [np.round(outline * 16).astype(np.int32)], colour, shift=4)
