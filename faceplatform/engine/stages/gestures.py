"""The measures of a face that gestures are judged by. They are read from the mesh: no net runs."""

from faceplatform.engine.stages.landmarks import Mesh, feature_scale, mouth_opening
from faceplatform.engine.types import Box, Frame, Gestures


def read_gestures(frame: Frame, box: Box, mesh: Mesh, eye_opening: float) -> Gestures:
    """Return the measures of one face.

    Args:
        box: the detector's, in pixels of the frame.
        eye_opening: see `eyes.EyeShape`.
    """
    return Gestures(
        mouth_opening=mouth_opening(mesh),
        eye_opening=eye_opening,
        face_size=feature_scale(mesh) / min(frame.width, frame.height),
        centre_x=(box.x + box.width / 2) / frame.width,
        centre_y=(box.y + box.height / 2) / frame.height,
    )
