"""Frames that oddness is learned from: photographs, and what the gate takes for them without it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from bench.covers import DARK, covers
from bench.non_face_kinds import CHANGES, DRAWINGS, Change, Pixels
from bench.oddness_kinds import COVERS, PHOTOGRAPHS
from bench.painted_kinds import DRAWN, PAINTED
from bench.solid_kinds import STATUES

if TYPE_CHECKING:
    from bench.gate import Source

AS_IT_IS = "photograph"
_SHADED = "drawn from shapes, shaded"
# Kinds that the gate lets through otherwise, by family. Those of a family look alike.
FAMILIES = {
    "eyes covered": (
        "striped bar over the eyes",
        "mottled board down to below the eyes",
        *(name for name in COVERS if name.startswith(("eyes", "down to below", "half"))),
    ),
    "mouth covered": (
        "mask with pleats",
        "hand before the mouth",
        *(name for name in COVERS if name.startswith(("below the nose", "mask", "hand"))),
    ),
    "painted": (
        "painting",
        "four tones of each colour",
        "eight tones of each colour",
        "painted, stylized",
        "painted, levelled",
        "painted in oil",
        "painted in strokes",
        "in few tones",
    ),
    "outlined": ("cartoon", "outlined"),
    "painted in water": ("watercolour", "painted in water"),
    "pencil": ("pencil drawing", "in pencil"),
    "drawn": (_SHADED, *DRAWN),
    "statues": tuple(STATUES),
}
# The kinds that each reading of oddness is learned from. All covers together find some that those
# of eyes and mouth alone do not.
READINGS = {**FAMILIES, "covered": (*FAMILIES["eyes covered"], *FAMILIES["mouth covered"])}
NON_FACES = tuple(name for names in FAMILIES.values() for name in names)
_SEED = 1


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The accepted frames.

    Attributes:
        kinds, people: of each frame, str, (n,).
        chips: by the name of the layout, uint8, (n, height, width, 3), RGB.
    """

    kinds: NDArray[np.str_]
    people: NDArray[np.str_]
    chips: Mapping[str, Pixels]


def frames(folder: Path, kept: Path | None) -> Frames:
    """Return the frames of a folder with a folder of photographs per person.

    Args:
        kept: a .npz file that holds them, or will; None to keep nothing.
    """
    if kept is not None and kept.exists():
        with np.load(kept) as file:
            chips = {name: file[name] for name in file if name not in {"kinds", "people"}}
            return Frames(file["kinds"], file["people"], chips)
    accepted = list(_accepted(folder))
    found = Frames(
        np.array([kind for kind, _, _ in accepted]),
        np.array([person for _, person, _ in accepted]),
        {name: np.stack([chips[name] for *_, chips in accepted]) for name in accepted[0][2]},
    )
    if kept is not None:
        arrays: dict[str, Any] = {"kinds": found.kinds, "people": found.people, **found.chips}
        np.savez(kept, **arrays)
    return found


def _accepted(folder: Path) -> Iterator[tuple[str, str, dict[str, Pixels]]]:
    """Yield kind, person and chips of the frames that the default policy takes."""
    from bench import gate
    from faceplatform.engine.catalogue import layouts
    from faceplatform.engine.stages import alignment, measuring
    from faceplatform.engine.stages.appearance import in_view
    from faceplatform.engine.stages.face_chip import FaceChip
    from faceplatform.engine.stages.landmarks import Mesh, five_points
    from faceplatform.engine.types import Wants

    meshes: list[Mesh] = []

    def note(chip: FaceChip) -> bool:
        meshes.append(chip.mesh)
        return in_view(chip)

    door = gate.Gate()
    with mock.patch.object(measuring, "in_view", note):
        for kind, person, pixels in _shown(folder):
            # Without an embedding no face is odd.
            if door.judge(pixels, Wants(embedding=False))[1] is None:
                points = five_points(meshes[-1])
                yield (
                    kind,
                    person,
                    {
                        layout.name: alignment.align(pixels, points, layout)
                        for layout in (layouts.DLIB, layouts.ARCFACE)
                    },
                )


def _photographs(folder: Path, people: int, each: int) -> Iterator[tuple["Source", Pixels]]:
    """Yield those of `gate.photographs` without dark glasses: these are covers themselves."""
    from bench import gate

    cover_of = covers()
    for source, pixels in gate.photographs(folder, people, each):
        if cover_of.get(f"{source.person}/{source.name}") != DARK:
            yield source, pixels


def _shown(folder: Path) -> Iterator[tuple[str, str, Pixels]]:
    """Yield all frames: kind, person and pixels."""
    for source, pixels in _photographs(folder, 0, 0):
        yield AS_IT_IS, source.person, pixels
    single = {name: change for name, change in CHANGES.items() if name in NON_FACES}
    groups: tuple[tuple[Mapping[str, Change], int], ...] = (
        (single, 100),
        (PAINTED, 90),
        (STATUES, 300),
        (PHOTOGRAPHS, 80),
        (COVERS, 24),
    )
    for changes, people in groups:
        photographs = list(_photographs(folder, people, 1))
        for name, change in changes.items():
            generator = np.random.default_rng(_SEED)
            for source, pixels in photographs:
                yield name, source.person, change(pixels.copy(), generator)
    for name, draw in {_SHADED: DRAWINGS[_SHADED], **DRAWN}.items():
        for number, pixels in enumerate(islice(draw(np.random.default_rng(_SEED)), 140)):
            yield name, f"nobody {number}", pixels
