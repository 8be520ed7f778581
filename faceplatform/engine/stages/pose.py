"""Quality measures of the head pose. Light to import: the rules for sessions use it, too."""

from math import cos, radians

from faceplatform.engine.types import Pose


def frontal(pose: Pose) -> float:
    """Return 1 for a face straight to the camera, less otherwise: the worst of three measures.

    They are the squared cosines of yaw and of pitch, as in ISO/IEC 29794-5, and the plain cosine of
    roll, see `uprightness`.
    """
    return min(_cosine(pose.yaw) ** 2, _cosine(pose.pitch) ** 2, uprightness(pose))


def uprightness(pose: Pose) -> float:
    """Return the cosine of roll: 1 upright, 0 on its side or upside down.

    Alignment undoes roll, so a tilted head is good enough; a turned image is not.
    """
    return _cosine(pose.roll)


def _cosine(degrees: float) -> float:
    return max(0.0, cos(radians(degrees)))
