"""Statues and profiles, synthetic: made from a photograph over the depth of the mesh.

A statue is one material lit from one side. Its form is the mesh's, which has neither lids nor hair:
those are the photograph's own shading, faint. Profiles are heads that turn until the mesh's depth
ends; the side of a head that the photograph does not show is drawn from its edge. Real statues and
real profiles look otherwise, so neither gives an error rate of them.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from bench import non_face_kinds as kinds
from bench.non_face_kinds import Change, Generator, Layer, Pixels

if TYPE_CHECKING:
    from faceplatform.engine.stages.detection import Detector
    from faceplatform.engine.stages.landmarks import FaceMesh
    from faceplatform.evaluation.synthetic.surfaces import Surface

# Standard deviations, in widths of the face, of the blur that the photograph's shading is compared
# with, and of that of the statue's edge.
_DETAIL, _EDGE = 0.12, 0.02
_ANGLES = (30, 45, 60, 75)


@dataclass(frozen=True, slots=True)
class _Material:
    """The look of a surface.

    Attributes:
        colour: RGB of fully lit parts.
        gloss: strength of highlights.
        sharpness: exponent of highlights (Phong's).
        ambient: light that falls on every part, of 1.
        grain: standard deviation of the grain, in grey levels.
    """

    colour: tuple[int, int, int]
    gloss: float
    sharpness: float
    ambient: float
    grain: float


def _statue(material: _Material) -> Change:
    """Return a change into a statue; a photograph without a face stays as it is."""

    def change(pixels: Pixels, generator: Generator) -> Pixels:
        mesh = _mesh(pixels)
        if mesh is None:
            return pixels
        return kinds.seen(_carved(pixels, mesh, material, generator), generator)

    return change


def _carved(
    pixels: Pixels, mesh: NDArray[np.float32], material: _Material, generator: Generator
) -> Layer:
    from faceplatform.evaluation.synthetic import surfaces

    surface = surfaces.head(pixels, mesh)
    normals = _normals(surface, pixels.shape[:2])
    light = np.array([generator.uniform(-0.8, 0.8), generator.uniform(-0.8, 0.1), -1.0])
    light /= np.linalg.norm(light)
    lit = np.clip(normals @ light, 0, 1)
    reflected = light - 2 * lit[..., None] * normals
    highlight = material.gloss * np.clip(reflected[..., 2], 0, 1) ** material.sharpness
    faint = generator.uniform(0.4, 0.9)
    detail = np.exp(faint * _detail(pixels, _DETAIL * surface.width))
    shade = (material.ambient + (1 - material.ambient) * lit) * detail + highlight
    rough = cv2.GaussianBlur(generator.normal(size=shade.shape), (0, 0), 0.8)
    grain = material.grain * (rough / rough.std())
    stone = np.clip(shade[..., None] * material.colour + grain[..., None], 0, 255)
    share = _head(surface, pixels.shape[:2])[..., None]
    return np.asarray(stone * share + pixels * (1 - share), np.float32)


def _detail(pixels: Pixels, blur: float) -> Layer:
    """Return the logarithm of the luminance, less its own blur."""
    light = np.log(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) + 8)
    return np.asarray(light - cv2.GaussianBlur(light, (0, 0), blur), np.float32)


def _normals(surface: "Surface", shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the normal at each pixel, (height, width, 3), of length one, towards the camera."""
    corners = surface.points[surface.triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    faces *= -np.sign(faces[:, 2:] + 1e-9)
    own = np.zeros_like(surface.points)
    for corner in range(3):
        np.add.at(own, surface.triangles[:, corner], faces)
    drawn = np.zeros(shape, np.int32)
    for number, triangle in enumerate(np.round(corners[..., :2] * 16).astype(np.int32)):
        cv2.fillConvexPoly(drawn, triangle, (number,), shift=4)
    planes = np.concatenate([corners[..., :2], np.ones((*corners.shape[:2], 1))], axis=2)
    planes[np.abs(np.linalg.det(planes)) < 1e-6] = np.eye(3)
    of = np.linalg.solve(planes, _of_length_one(own)[surface.triangles])[drawn]
    down, across = np.mgrid[: shape[0], : shape[1]][..., None].astype(np.float64)
    return _of_length_one(across * of[..., 0, :] + down * of[..., 1, :] + of[..., 2, :])


def _of_length_one(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-9))


def _head(surface: "Surface", shape: tuple[int, ...]) -> Layer:
    """Return 1 on the head and 0 beside it, (height, width), with a soft edge."""
    head = np.zeros(shape, np.float32)
    outline = cv2.convexHull(surface.points[surface.moves > 0, :2].astype(np.float32))
    cv2.fillConvexPoly(head, np.round(outline).astype(np.int32), (1.0,))
    return np.asarray(cv2.GaussianBlur(head, (0, 0), _EDGE * surface.width), np.float32)


def _turned(degrees: int) -> Change:
    """Return a change into the same head, turned to either side."""

    def change(pixels: Pixels, generator: Generator) -> Pixels:
        from faceplatform.evaluation.synthetic import gestures, surfaces

        mesh = _mesh(pixels)
        if mesh is None:
            return pixels
        yaw = float(degrees * (1 if generator.random() < 0.5 else -1))
        return gestures.draw(surfaces.head(pixels, mesh), replace(gestures.REST, yaw=yaw))

    return change


def _mesh(pixels: Pixels) -> NDArray[np.float32] | None:
    """Return the mesh of the largest face; None if there is none."""
    detector, mesh = _models()
    found = detector.detect(pixels)
    if not found:
        return None
    largest = max(found, key=lambda one: one.box.width * one.box.height)
    return mesh.measure(pixels, largest).points


@cache
def _models() -> "tuple[Detector, FaceMesh]":
    from faceplatform.engine.stages.detection import BlazeFacePair
    from faceplatform.engine.stages.landmarks import FaceMesh

    return BlazeFacePair(), FaceMesh()


_MATERIALS = {
    "marble": _Material((228, 222, 212), gloss=0.08, sharpness=12, ambient=0.3, grain=3),
    "bronze": _Material((126, 88, 52), gloss=0.55, sharpness=18, ambient=0.22, grain=4),
    "plaster": _Material((245, 243, 238), gloss=0.0, sharpness=1, ambient=0.4, grain=2),
    "sandstone": _Material((190, 165, 125), gloss=0.0, sharpness=1, ambient=0.3, grain=9),
}
STATUES: dict[str, Change] = {
    f"statue, {name}": _statue(material) for name, material in _MATERIALS.items()
}
PROFILES: dict[str, Change] = {
    f"turned by {degrees} degrees": _turned(degrees) for degrees in _ANGLES
}
