"""The places of a face's five points on the chips of recognition nets.

Points are image-left eye, image-right eye, nose tip, image-left and image-right mouth corner, in
pixels of cv2.warpAffine, where (0, 0) is the centre of the first pixel.

This module imports no image library: processes without the engine use it, too.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The format of a net's chips.

    Embeddings of chips of different layouts are never compared: change ``name`` whenever anything
    else here, or the points that `landmarks` takes from the mesh, changes.

    Attributes:
        name: the alignment of templates and calibrations.
        size: width and height of the chip in pixels.
        points: float64, (5, 2).
    """

    name: str
    size: tuple[int, int]
    points: NDArray[np.float64]


# The five points of the mesh on chips of dlib's own aligner (get_face_chip with padding 0.25),
# which the net was trained on. Means over 779 LFW faces differ by 1 px (eyes) to 3 px (mouth), and
# do not improve recognition.
DLIB = Layout(
    name="mesh5-150",
    size=(150, 150),
    points=np.array([(47.0, 45.3), (101.2, 45.3), (74.6, 74.7), (51.2, 98.5), (97.3, 98.5)]),
)

# The points that ArcFace and most later nets are trained with. The points of the mesh differ from
# them by 1 px (eyes) to 3 px (mouth), in the mean over 1,583 LFW faces. These means do not improve
# MobileFaceNet: 1.7 against 1.8 % false non-matches (95 % confidence +-0.6) at a false match rate
# of 1e-3.
ARCFACE = Layout(
    name="mesh5-112",
    size=(112, 112),
    points=np.array(
        [(38.29, 51.70), (73.53, 51.50), (56.03, 71.74), (41.55, 92.37), (70.73, 92.20)]
    ),
)


def arcface(width: int, height: int) -> Layout:
    """Return ArcFace's layout scaled to another chip size.

    Both axes have the same scale, so no face is stretched; the longer side shows more around it.
    """
    side = min(width, height)
    # Scaled about the outer corner of the first pixel, half a pixel from its centre.
    points = (ARCFACE.points + 0.5) * (side / ARCFACE.size[0]) - 0.5
    points += ((width - side) / 2, (height - side) / 2)
    name = f"mesh5-{side}" if width == height else f"mesh5-{width}x{height}"
    return Layout(name=name, size=(width, height), points=points)
