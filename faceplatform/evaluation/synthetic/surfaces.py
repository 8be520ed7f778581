"""A photograph as a surface in space: a head over the mesh's depth, a card, a bent card.

Coordinates are pixels of the photograph, x to the right, y down, z away from the camera; the camera
looks at the centre of the face from a distance of a few face widths.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Points = NDArray[np.float64]

# The camera's distance from a face at rest, in widths of the face: about 60 cm.
DISTANCE = 4.0

# The oval of MediaPipe's face mesh.
_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
# The head beyond the face (hair, ears) moves with it, up to this multiple of the oval; from the
# second multiple on is the background, which stands still.
_HEAD, _BACKGROUND = 1.35, 2.0
_BORDER_POINTS = 9
# Pieces of a card are mapped affinely, so they are small.
_CARD_PIECES = 24
# A card reaches beyond the frame by this share of it, with the photograph's edge repeated.
_CARD_MARGIN = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A photograph on a triangulated surface.

    Attributes:
        photo: uint8, (height, width, 3), RGB.
        points: float64, (n, 3).
        triangles: int64, (m, 3), rows of ``points``.
        moves: float64, (n,): 1 where a point moves with the head, 0 where it stands still.
        centre: (2,), of the face.
        width: of the face.
    """

    photo: Pixels
    points: Points
    triangles: NDArray[np.int64]
    moves: NDArray[np.float64]
    centre: Points
    width: float

    @property
    def distance(self) -> float:
        return DISTANCE * self.width


def head(photo: Pixels, mesh: NDArray[np.float32], *, relief: float = 1.0) -> Surface:
    """Return the face over the mesh's depth, in front of a background that stands still.

    Args:
        mesh: float32, (468, 3): see `engine.stages.landmarks.Mesh`.
        relief: factor of the depth: below 1 for a flatter face.
    """
    points = np.asarray(mesh, dtype=np.float64) * (1, 1, relief)
    oval, middle = points[list(_OVAL)], points[list(_OVAL)].mean(axis=0)
    hair = middle + (oval - middle) * (_HEAD, _HEAD, 1)
    wall = middle + (oval - middle) * (_BACKGROUND, _BACKGROUND, 1)
    still = np.vstack([wall, _border(photo, z=float(middle[2]))])
    everything = np.vstack([points, hair, still])
    moves = np.repeat([1.0, 0.0], [len(points) + len(hair), len(still)])
    return Surface(
        photo=photo,
        points=everything,
        triangles=_delaunay(everything[:, :2]),
        moves=moves,
        centre=middle[:2],
        width=_width(mesh),
    )


def card(photo: Pixels, mesh: NDArray[np.float32], *, bend: float = 0.0) -> Surface:
    """Return the entire photograph as a card that fills the frame.

    Args:
        bend: by how many widths of the face the card recedes one such width beside its middle.
    """
    height, width = photo.shape[:2]
    centre, face = _oval_centre(mesh), _width(mesh)
    across, down = (
        np.linspace(-_CARD_MARGIN * side, (1 + _CARD_MARGIN) * side, _CARD_PIECES + 1)
        for side in (width, height)
    )
    x, y = (axis.ravel() for axis in np.meshgrid(across, down))
    z = bend * (x - centre[0]) ** 2 / face
    corner = np.arange(len(x)).reshape(_CARD_PIECES + 1, -1)
    a, b, c, d = corner[:-1, :-1], corner[:-1, 1:], corner[1:, :-1], corner[1:, 1:]
    triangles = np.stack([np.stack(t, axis=-1) for t in ((a, b, c), (b, d, c))]).reshape(-1, 3)
    return Surface(
        photo=photo,
        points=np.column_stack([x, y, z]),
        triangles=triangles,
        moves=np.ones(len(x)),
        centre=centre,
        width=face,
    )


def render(surface: Surface, placed: Points) -> Pixels:
    """Return the photograph drawn with its points moved: uint8, of the photograph's size.

    The surface is drawn from back to front. At rest each point is seen where the photograph has
    it, so the photograph itself is the frame of a surface that has not moved.

    Args:
        placed: float64, (n, 3): where the surface's points are, seen by the camera (`seen`).
    """
    height, width = surface.photo.shape[:2]
    corners, sources = placed[surface.triangles], surface.points[surface.triangles, :2]
    size = np.abs(_cross(corners[..., :2]))
    shown = np.flatnonzero(size > 1e-3)
    order = shown[np.argsort(-corners[shown, :, 2].mean(axis=1), kind="stable")]
    drawn = np.zeros((height, width), dtype=np.int32)
    # Coordinates of the drawing have four bits after the point.
    polygons = np.round(corners[..., :2] * 16).astype(np.int32)
    for number in order:
        cv2.fillConvexPoly(drawn, polygons[number], (int(number),), shift=4)
    ones = np.ones((*corners.shape[:2], 1))
    maps = np.zeros((len(corners), 3, 2))
    maps[shown] = np.linalg.solve(
        np.concatenate([corners[..., :2], ones], axis=2)[shown], sources[shown]
    )
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    of = maps[drawn]
    where = columns[..., None] * of[..., 0, :] + rows[..., None] * of[..., 1, :] + of[..., 2, :]
    x, y = (np.ascontiguousarray(where[..., axis], dtype=np.float32) for axis in (0, 1))
    drawn_photo = cv2.remap(surface.photo, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(drawn_photo, dtype=np.uint8)


def in_space(surface: Surface) -> Points:
    """Return the surface's points relative to the face's centre, (n, 3): perspective undone."""
    points = surface.points.copy()
    points[:, :2] -= surface.centre
    points[:, :2] *= (surface.distance + points[:, 2:]) / surface.distance
    return points


def seen(surface: Surface, points: Points) -> Points:
    """Return points of space, (n, 3), as the camera sees them; the depth is kept. Inverse of
    `in_space`."""
    near = np.maximum(surface.distance + points[:, 2:], surface.width / 2)
    flat = points[:, :2] * surface.distance / near + surface.centre
    return np.column_stack([flat, points[:, 2]])


def _oval_centre(mesh: NDArray[np.float32]) -> Points:
    return np.asarray(mesh[list(_OVAL), :2].mean(axis=0), dtype=np.float64)


def _width(mesh: NDArray[np.float32]) -> float:
    oval = mesh[list(_OVAL), :2]
    return float((oval.max(axis=0) - oval.min(axis=0)).mean())


def _border(photo: Pixels, *, z: float) -> Points:
    """Return points along the border of the photograph, at a depth: (n, 3)."""
    height, width = photo.shape[:2]
    x, y = np.linspace(0, width, _BORDER_POINTS), np.linspace(0, height, _BORDER_POINTS)
    sides = [
        (x, x * 0),
        (x, x * 0 + height),
        (y[1:-1] * 0, y[1:-1]),
        (y[1:-1] * 0 + width, y[1:-1]),
    ]
    return np.vstack([np.column_stack([a, b, np.full(len(a), z)]) for a, b in sides])


def _delaunay(points: Points) -> NDArray[np.int64]:
    """Return triangles over points (n, 2): int64, (m, 3)."""
    low, high = points.min(axis=0) - 2, points.max(axis=0) + 2
    rounded = points.astype(np.float32)
    subdivision = cv2.Subdiv2D(
        (int(low[0]), int(low[1]), int(high[0] - low[0]) + 2, int(high[1] - low[1]) + 2)
    )
    numbers: dict[tuple[float, float], int] = {}
    # Of two points in one place the first is the corner.
    for number, (x, y) in enumerate(rounded.tolist()):
        if numbers.setdefault((x, y), number) == number:
            subdivision.insert((x, y))
    triangles = np.reshape(subdivision.getTriangleList(), (-1, 3, 2)).tolist()
    # OpenCV's triangles also use corners of its own, far outside.
    found = [[numbers.get((x, y), -1) for x, y in triangle] for triangle in triangles]
    return np.array([each for each in found if min(each) >= 0], dtype=np.int64)


def _cross(corners: Points) -> NDArray[np.float64]:
    """Return twice the signed areas of triangles (m, 3, 2)."""
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
