"""Synthetic trials: a head, and flat photographs, that make two turns before a camera.

The heads are photographs over the depth of the face mesh, and so they are the very model that the
check assumes: that they pass proves the wiring. `films` measures heads that really turn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.stages.face_patch import face_patch
from faceplatform.engine.stages.landmarks import Mesh
from faceplatform.evaluation.acquisition import Locate, NotAcquired
from faceplatform.evaluation.synthetic import surfaces
from faceplatform.evaluation.synthetic.gestures import (
    REST,
    Presented,
    Step,
    draw,
    postures,
    surface_of,
)
from faceplatform.evaluation.synthetic.surfaces import Pixels, Surface
from faceplatform.liveness.flat_motion import compare
from faceplatform.liveness.parallax import Parallax

Patch = NDArray[np.uint8]

# The scene: widths of the face on each side of its centre, and rows of the frame.
_WIDTHS, _ROWS = 2.0, 480
# The turned frames of a step: two thirds of the way on, and all.
_FPS = 5.0
_TURNED_FROM = 0.6
# A camera in a dim room: standard deviation of the noise in grey levels, blur in pixels, and the
# quality of its JPEG files. A surface that turns reflects less light, or more, up to this share.
_NOISE, _BLUR, _JPEG_QUALITY = 4.0, 0.8, 85
_LIGHT = 0.3


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of presentation.

    Attributes:
        is_head: True for bona fide ones.
        relief, reach: see `surfaces.head` and `gestures.postures`.
    """

    name: str
    presented: Presented
    relief: float = 1.0
    reach: float = 1.0

    @property
    def is_head(self) -> bool:
        return self.presented is Presented.HEAD


KINDS = (
    Kind("head", Presented.HEAD),
    Kind("head of 0.7 times the depth", Presented.HEAD, relief=0.7),
    Kind("photo moved by hand", Presented.MOVED_PHOTO),
    Kind("photo turned like a head", Presented.TURNED_PHOTO),
    Kind("photo turned twice as far", Presented.TURNED_PHOTO, reach=2.0),
    Kind("bent photo turned like a head", Presented.BENT_PHOTO),
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One presentation: two turns, each compared in several frames with the face at rest."""

    kind: str
    is_head: bool
    person: str
    comparisons: tuple[Parallax, ...]


def trials(pixels: Pixels, person: str, locate: Locate, *, seed: int) -> Iterator[Trial]:
    """Yield a trial of each kind, made from one photograph.

    Args:
        pixels: uint8, (height, width, 3), RGB.

    Raises:
        NotAcquired: there is no face, or several, or the gate refuses it.
    """
    photo, mesh = _scene(pixels, locate)
    for number, kind in enumerate(KINDS):
        surface = surface_of(photo, mesh.points, kind.presented)
        if kind.relief != 1:
            surface = surfaces.head(photo, mesh.points, relief=kind.relief)
        camera = np.random.default_rng((seed, number))
        found = _patches(surface, kind, locate, camera, seed=seed)
        if found:
            rest, *turned = found
            told = tuple(compare(rest, patch) for patch in turned)
            yield Trial(kind.name, is_head=kind.is_head, person=person, comparisons=told)


def _scene(pixels: Pixels, locate: Locate) -> tuple[Pixels, Mesh]:
    """Return the face with its surroundings, at the size of a camera's frame, and its mesh."""
    mesh = locate(pixels).candidate.mesh
    x, y = mesh.points[:, 0], mesh.points[:, 1]
    reach = _WIDTHS * float(max(np.ptp(x), np.ptp(y)))
    left, top = (max(0, int(axis.mean() - reach)) for axis in (x, y))
    part = pixels[top : int(y.mean() + reach), left : int(x.mean() + reach)]
    scale = _ROWS / len(part)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scene = np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=how), np.uint8)
    return scene, locate(scene).candidate.mesh


def _patches(
    surface: Surface, kind: Kind, locate: Locate, camera: np.random.Generator, *, seed: int
) -> list[Patch]:
    """Return the patch at rest and those of turned frames; none if the face at rest is lost."""
    random = Random(seed)  # noqa: S311  (draws gestures for a study)
    steps = [
        random.choice((Step.TURN_LEFT, Step.TURN_RIGHT)),
        random.choice((Step.LOOK_UP, Step.LOOK_DOWN)),
    ]
    shown = [REST]
    for _, step, posture in postures(
        steps, fps=_FPS, presented=kind.presented, seed=seed, reach=kind.reach
    ):
        if kind.presented is Presented.MOVED_PHOTO or _is_turned(posture.yaw, posture.pitch, step):
            shown.append(posture)
    patches = [_seen(draw(surface, posture), locate, camera) for posture in shown]
    return [patch for patch in patches if patch is not None] if patches[0] is not None else []


def _is_turned(yaw: float, pitch: float, step: Step) -> bool:
    sideways = step in {Step.TURN_LEFT, Step.TURN_RIGHT}
    return abs(yaw) > 24 * _TURNED_FROM if sideways else abs(pitch) > 18 * _TURNED_FROM


def _seen(pixels: Pixels, locate: Locate, camera: np.random.Generator) -> Patch | None:
    """Return the patch of the face in the camera's frame; None if none is found."""
    blurred = cv2.GaussianBlur(pixels, (0, 0), _BLUR).astype(np.float32)
    blurred *= camera.uniform(1 - _LIGHT, 1 + _LIGHT)
    noisy = blurred + camera.normal(0, _NOISE, pixels.shape).astype(np.float32)
    _, jpeg = cv2.imencode(
        ".jpg", np.clip(noisy, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    )
    frame = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), dtype=np.uint8)
    try:
        return face_patch(frame, locate(frame).candidate.mesh)
    except NotAcquired:
        return None


def halves(found: Sequence[Trial]) -> tuple[list[Trial], list[Trial]]:
    """Return the trials of every other person, and those of the others."""
    people = sorted({trial.person for trial in found})
    first = set(people[::2])
    return [t for t in found if t.person in first], [t for t in found if t.person not in first]
