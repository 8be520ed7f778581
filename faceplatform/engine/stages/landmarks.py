"""The 468-point face mesh, and the five points and the head pose derived from it."""

from dataclasses import dataclass

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from faceplatform.engine.catalogue import weights
from faceplatform.engine.stages.detection import Detection
from faceplatform.engine.stages.regions import Region, cut, turned_axes
from faceplatform.engine.types import Pose

# From MediaPipe's face_landmark graphs: the factor by which the square around the detection, or
# around the points of the previous pass, is enlarged.
ROI_SCALE = 1.5
SIDE = 192
_POINTS = 468
# Outer eye corners, image-left and image-right: their line gives the rotation of the second pass.
EYE_CORNERS = (33, 263)

# Symmetric points, image-left first: eye corners (outer, inner), mouth corners, nostrils, and the
# sides of the face. Their lines add up to the head's own left-to-right axis.
_SYMMETRIC = np.array(
    [
        (33, 263),
        (133, 362),
        (61, 291),
        (48, 278),
        (234, 454),
        (127, 356),
        (93, 323),
        (132, 361),
        (58, 288),
    ]
)
_FOREHEAD, _CHIN = 10, 152

# From this presence on, the orientation of the mesh is right. On a face that is upside down the net
# claims an upright one: of 3,970 faces of LFW turned by 180 degrees 1,028 had a presence above 0.9,
# the highest 1 - 4.5e-7. Of upright faces one in fifty is below, and is measured a second time.
SURE_PRESENCE = 1 - 2e-9
# Other orientations of an unsure face, in radians. Upside down comes first: detectors miss it.
_OTHER_WAYS_UP = (np.pi, np.pi / 2, -np.pi / 2)
# Less presence than this in another orientation is no face either: the face is covered, for
# instance. 99 of 100 faces that were turned by 180 degrees have more.
_WORTH_TURNING = 0.99

# The line from the forehead to the chin leans back: its mean over 300 people who look into the
# camera (LFW) reads 8.0 degrees down.
_PITCH_OFFSET = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """The mesh of one face.

    Attributes:
        points: float32, (468, 3): x and y in frame pixels, z (depth) in the same scale.
        presence: the net's confidence that there is a face, 0..1.
    """

    points: NDArray[np.float32]
    presence: float


class FaceMesh:
    """The mesh net; not thread-safe."""

    def __init__(self) -> None:
        path = weights.locate("face_mesh")
        self._net = Interpreter(model_path=str(path), num_threads=1)
        self._net.allocate_tensors()
        self._input = self._net.get_input_details()[0]["index"]
        by_size = {int(np.prod(o["shape"])): o["index"] for o in self._net.get_output_details()}
        self._points, self._flag = by_size[_POINTS * 3], by_size[1]

    def measure(self, pixels: NDArray[np.uint8], detection: Detection) -> Mesh:
        """Return the mesh of a detected face in any orientation.

        Neither detectors nor this net notice that a face is upside down. But the net is far surer
        of an upright face: if it is not sure, it looks at the face in other orientations, too.

        Args:
            pixels: the RGB frame (height, width, 3).
        """
        return self.surest(pixels, detection, self.measure_upright(pixels, detection))

    def measure_upright(self, pixels: NDArray[np.uint8], detection: Detection) -> Mesh:
        """Return the mesh of a face that stands as the detector says: two runs of the net."""
        return self._run_twice(pixels, _region_of_detection(detection))

    def surest(self, pixels: NDArray[np.uint8], detection: Detection, upright: Mesh) -> Mesh:
        """Return the mesh of a face in the orientation in which the net is surest of it.

        Args:
            upright: the result of ``measure_upright``, which is returned itself if none is surer.
        """
        region, mesh = _region_of_detection(detection), upright
        for turn in _OTHER_WAYS_UP:
            if mesh.presence >= SURE_PRESENCE:
                break
            turned = self._run_twice(pixels, region.turned(turn))
            if turned.presence > max(mesh.presence, _WORTH_TURNING):
                mesh = turned
        return mesh

    def look_at(self, pixels: NDArray[np.uint8], region: Region) -> Mesh:
        """Return the mesh of the upright face in a region: one run of the net."""
        return self._run(pixels, region)

    def _run_twice(self, pixels: NDArray[np.uint8], region: Region) -> Mesh:
        """Run the net a second time on the place where it found the face: that is steadier."""
        first = self._run(pixels, region)
        return self._run(pixels, region_of_points(first.points))

    def run_once(self) -> None:
        """Run the net on a blank chip, so that the first face takes no longer than others."""
        everything = Region(np.full(2, SIDE / 2, dtype=np.float32), float(SIDE), 0.0)
        self._run(np.zeros((SIDE, SIDE, 3), dtype=np.uint8), everything)

    def _run(self, pixels: NDArray[np.uint8], region: Region) -> Mesh:
        chip = cut(pixels, region, SIDE)
        self._net.set_tensor(self._input, chip[None] * np.float32(1 / 255))
        self._net.invoke()
        raw = self._net.get_tensor(self._points).reshape(_POINTS, 3)
        logit = float(self._net.get_tensor(self._flag).reshape(()))
        points = np.empty((_POINTS, 3), dtype=np.float32)
        points[:, :2] = region.to_frame(raw[:, :2], SIDE)
        points[:, 2] = raw[:, 2] * (region.side / SIDE)
        return Mesh(points=points, presence=float(1 / (1 + np.exp(-np.clip(logit, -60, 60)))))


def _region_of_detection(detection: Detection) -> Region:
    box = detection.box
    centre = np.array([box.x + box.width / 2, box.y + box.height / 2], dtype=np.float32)
    side = max(box.width, box.height) * ROI_SCALE
    return Region(centre, side, angle(detection.keypoints[0], detection.keypoints[1]))


def region_of_points(points: NDArray[np.float32]) -> Region:
    """Return the square around the mesh, its edges parallel to the line of the eyes."""
    flat = points[:, :2]
    tilt = angle(flat[EYE_CORNERS[0]], flat[EYE_CORNERS[1]])
    axes = turned_axes(tilt)
    turned = flat @ axes.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    return Region((low + high) / 2 @ axes, float((high - low).max()) * ROI_SCALE, tilt)


def angle(start: NDArray[np.float32], end: NDArray[np.float32]) -> float:
    """Return the angle of the line between two points, in radians, clockwise in the image."""
    return float(np.arctan2(end[1] - start[1], end[0] - start[0]))


def face_region(mesh: Mesh) -> Region:
    """Return the smallest square around the mesh, its edges parallel to the line of the eyes."""
    region = region_of_points(mesh.points)
    return Region(region.centre, region.side / ROI_SCALE, region.angle)


def five_points(mesh: Mesh) -> NDArray[np.float32]:
    """Return the points of alignment: float32, (5, 2), in frame pixels.

    Image-left eye, image-right eye, nose, image-left and image-right mouth corner.
    """
    flat = mesh.points[:, :2]
    return np.stack(
        [
            flat[[33, 133]].mean(axis=0),
            flat[[362, 263]].mean(axis=0),
            flat[[1, 4]].mean(axis=0),
            flat[61],
            flat[291],
        ]
    )


def mouth_opening(mesh: Mesh) -> float:
    """Return the gap between the lips over the width of the mouth (inner contour)."""
    flat = mesh.points[:, :2]
    gap, width = (float(np.linalg.norm(flat[a] - flat[b])) for a, b in ((13, 14), (78, 308)))
    return gap / max(width, 1e-6)


def eye_distance(mesh: Mesh) -> float:
    """Return the distance between the centres of the eyes, in frame pixels."""
    points = five_points(mesh)
    return float(np.linalg.norm(points[1] - points[0]))


def feature_scale(mesh: Mesh) -> float:
    """Return the longer distance, in frame pixels: between the eyes, or from there to the mouth.

    Turning the head aside shortens the first, nodding the second.
    """
    left, right, _, mouth_left, mouth_right = five_points(mesh)
    across, down = right - left, (mouth_left + mouth_right - left - right) / 2
    return max(float(np.hypot(*across)), float(np.hypot(*down)))


def roll(mesh: Mesh) -> float:
    """Return the clockwise angle of the line between the outer eye corners, in degrees."""
    left, right = mesh.points[list(EYE_CORNERS), :2]
    return float(np.degrees(angle(left, right)))


def head_pose(mesh: Mesh) -> Pose:
    """Return the head pose in degrees; see types.Pose for the signs.

    Roll is the angle of the line between the outer eye corners. It is undone before yaw and pitch
    are read from the axes of the head in the mesh: left to right and forehead to chin, whose cross
    product points where the nose does. The pose depends on the mesh alone, so cropping the image
    does not change it.

    solvePnP on six points and a generic head was compared on 300 people (LFW): its yaw differs by
    4.1 degrees (standard deviation) between an image and its mirror image, here by 1.6, and avoids
    zero (median of its absolute value 18, here 8): from afar, two poses explain six points.
    """
    turn = angle(mesh.points[EYE_CORNERS[0]], mesh.points[EYE_CORNERS[1]])
    points = mesh.points.astype(np.float64)
    points[:, :2] = points[:, :2] @ turned_axes(turn).T
    across = (points[_SYMMETRIC[:, 1]] - points[_SYMMETRIC[:, 0]]).sum(axis=0)
    down = points[_CHIN] - points[_FOREHEAD]
    x, y, z = np.cross(down, across)  # z points away from the camera: forward has z < 0
    yaw = np.degrees(np.arctan2(x, -z))
    pitch = np.degrees(np.arctan2(-y, np.hypot(x, z)))
    return Pose(yaw=float(yaw), pitch=float(pitch) + _PITCH_OFFSET, roll=float(np.degrees(turn)))
