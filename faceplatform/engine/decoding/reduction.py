"""Measuring of large images at a reduced scale, and the check that such a measurement is good."""

from dataclasses import replace

from faceplatform.engine.decoding.formats import EncodedImage, Format
from faceplatform.engine.types import Box, Face, FrameAnalysis

# A JPEG with more pixels is decoded at half its width and height, in a quarter of the memory. Live
# frames of phones and webcams have fewer.
_LARGE_PIXELS = 8_000_000
_REDUCTION = 2

# Distance between the eyes in pixels of the reduced frame. Every measure of a face is taken from
# chips that show it smaller than that.
_ENOUGH_EYE_DISTANCE = 120.0


def reduction_of(encoded: EncodedImage) -> int:
    """Return the factor by which both sides of an image are reduced while decoding."""
    large = encoded.format is Format.JPEG and encoded.pixels > _LARGE_PIXELS
    return _REDUCTION if large else 1


def is_good_at_reduced_scale(encoded: EncodedImage, analysis: FrameAnalysis) -> bool:
    """Return True if the analysis of a reduced frame is as good as one at full scale.

    It is if one face counts and is large. Otherwise the full scale decides, unless decoding it
    would take seconds (a JPEG with several scans) and there is no face, or there are several.
    """
    face = analysis.face
    if face is None:
        return encoded.decoding_bytes > 0
    return face.quality.eye_distance >= _ENOUGH_EYE_DISTANCE


def at_full_scale(analysis: FrameAnalysis, reduction: int) -> FrameAnalysis:
    """Convert the lengths in the analysis of a reduced frame to pixels of the full one."""
    face = analysis.face
    return replace(
        analysis,
        boxes=tuple(_enlarge(box, reduction) for box in analysis.boxes),
        face=None if face is None else _enlarge_face(face, reduction),
        # The next frame may be decoded at another scale, so the detector looks at it.
        track=None,
    )


def _enlarge(box: Box, factor: int) -> Box:
    return replace(
        box,
        x=box.x * factor,
        y=box.y * factor,
        width=box.width * factor,
        height=box.height * factor,
    )


def _enlarge_face(face: Face, factor: int) -> Face:
    quality = replace(face.quality, eye_distance=face.quality.eye_distance * factor)
    return replace(face, box=_enlarge(face.box, factor), quality=quality)
