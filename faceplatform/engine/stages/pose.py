"""How straight a head faces the camera. Light to import: the rules for a session read it, too."""

from math import cos, radians

from faceplatform.engine.types import Pose


def frontal(pose: Pose) -> float:
    """1 for a face straight to the camera: squared cosine of yaw or pitch, the worse.

    29794-5 rates angles so. Roll counts as its plain cosine, see `uprightness`.
    """
    return min(_cosine(pose.yaw) ** 2, _cosine(pose.pitch) ** 2, uprightness(pose))


def uprightness(pose: Pose) -> float:
    """The part that roll has in `frontal`: 1 upright, 0 lying on its side or upside down.

    Alignment undoes roll, so a tilted head is let through; a turned picture is not.
    """
    return _cosine(pose.roll)


def _cosine(degrees: float) -> float:
    return max(0.0, cos(radians(degrees)))
