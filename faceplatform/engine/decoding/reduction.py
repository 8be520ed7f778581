"""Which pictures are measured at a reduced scale, and which of those measurements stand."""

from dataclasses import replace

from faceplatform.engine.decoding.formats import Format, Picture
from faceplatform.engine.types import Box, Face, FrameAnalysis

# A JPEG of more pixels is decoded at half its width and height, at a quarter of the memory. What a
# telephone or webcam sends live has fewer.
_LARGE_PIXELS = 8_000_000
_REDUCTION = 2

# Between the eyes, in pixels of the reduced picture. All that is measured of a face is taken from
# chips that show it smaller than that.
_ENOUGH_EYE_DISTANCE = 120.0


def reduction_of(picture: Picture) -> int:
    """The factor by which both sides of a picture are reduced while it is decoded."""
    large = picture.format is Format.JPEG and picture.pixels > _LARGE_PIXELS
    return _REDUCTION if large else 1


def stands(picture: Picture, analysis: FrameAnalysis) -> bool:
    """Whether the analysis of a reduced picture is as good as one of the full picture.

    It is where one face counts and is large. Otherwise the full picture decides, unless that would
    cost seconds (a JPEG of several scans) for no face, or for several.
    """
    face = analysis.face
    if face is None:
        return picture.decoding_bytes > 0
    return face.quality.eye_distance >= _ENOUGH_EYE_DISTANCE


def at_full_scale(analysis: FrameAnalysis, reduction: int) -> FrameAnalysis:
    """The analysis of a reduced picture, with lengths in pixels of what was posted."""
    face = analysis.face
    return replace(
        analysis,
        boxes=tuple(_larger(box, reduction) for box in analysis.boxes),
        face=None if face is None else _larger_face(face, reduction),
    )


def _larger(box: Box, factor: int) -> Box:
    return replace(
        box,
        x=box.x * factor,
        y=box.y * factor,
        width=box.width * factor,
        height=box.height * factor,
    )


def _larger_face(face: Face, factor: int) -> Face:
    quality = replace(face.quality, eye_distance=face.quality.eye_distance * factor)
    return replace(face, box=_larger(face.box, factor), quality=quality)
