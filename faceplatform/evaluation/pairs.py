"""The list of pairs: images to compare, and the people they show."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from faceplatform import plain_files
from faceplatform.evaluation.errors import EvaluationError

COLUMNS = ("image_a", "image_b", "same_person", "fold")
_SAME = {"1": True, "0": False}
_NUMBERED = re.compile(r"(.+)_\d+")


@dataclass(frozen=True, slots=True)
class Pair:
    """One listed comparison.

    Attributes:
        first, second: indices into PairList.images.
        line: the line number in the file, from 1.
    """

    first: int
    second: int
    same: bool
    fold: str
    line: int


@dataclass(frozen=True, slots=True, eq=False)
class PairList:
    """The content of a file of pairs.

    Attributes:
        images: every image once, as an existing path, in the order of first mention.
        people: int64, (images,): the person in each image, numbered from 0.
        pairs: in the order of the file.
    """

    images: tuple[Path, ...]
    people: NDArray[np.int64]
    pairs: tuple[Pair, ...]


def read(path: Path, images: Path) -> PairList:
    """Read a CSV file with the columns image_a, image_b, same_person (1 or 0) and fold.

    Names determine the people of images that no line compares: images in one folder show the same
    person (``NAME/NAME_0001.jpg``), and so do images without a folder that are named
    ``NAME_1.jpg``, ``NAME_2.jpg``. Lines with ``1`` join the people of their images.

    Args:
        images: the folder to which the paths in the file are relative.

    Raises:
        EvaluationError: a file or column is missing, or a line is malformed or contradicts
            others; the message names the line.
    """
    if not images.is_dir():
        raise EvaluationError(f"{images} is not a folder")
    names: dict[str, int] = {}
    pairs = tuple(_pairs(path, images, names))
    if not any(pair.same for pair in pairs) or all(pair.same for pair in pairs):
        raise EvaluationError(f"{path.name}: pairs of both kinds are needed, same_person 1 and 0")
    people = _people(list(names), pairs)
    for pair in pairs:
        if not pair.same and people[pair.first] == people[pair.second]:
            raise EvaluationError(
                f"{path.name}, line {pair.line}: same_person is 0, but both images show one "
                "person according to their folder, their name or lines with 1; give each person a "
                "separate folder"
            )
    return PairList(tuple(images / name for name in names), people, pairs)


def _pairs(path: Path, images: Path, names: dict[str, int]) -> Iterator[Pair]:
    for line, row in _rows(path):
        where = f"{path.name}, line {line}"
        if None in row or None in row.values():
            raise EvaluationError(f"{where}: not {len(COLUMNS)} values, as in the first line")
        if row["same_person"].strip() not in _SAME:
            raise EvaluationError(f"{where}: same_person is {row['same_person']!r}, not 1 or 0")
        first, second = (str(PurePosixPath(row[end].strip())) for end in ("image_a", "image_b"))
        if first == second:
            raise EvaluationError(f"{where}: an image is compared with itself")
        for name in (first, second):
            if name not in names and not plain_files.is_file(images / name):
                raise EvaluationError(
                    f"{where}: {images} has no image {name!r} (links are not followed)"
                )
            names.setdefault(name, len(names))
        same = _SAME[row["same_person"].strip()]
        yield Pair(names[first], names[second], same, row["fold"].strip(), line)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield every line after the first, with its number."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise EvaluationError(
                    f"{path.name}, line 1: no column {', '.join(missing)}; needed are "
                    f"{', '.join(COLUMNS)}"
                )
            for row in reader:
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as e:
        raise EvaluationError(f"{path} cannot be read as CSV: {e}") from e


def _people(names: list[str], pairs: Iterable[Pair]) -> NDArray[np.int64]:
    """Assign a number to each person: by names, joined by the pairs of the same person."""
    first_of: dict[str, int] = {}
    parent = [first_of.setdefault(_person(name), image) for image, name in enumerate(names)]

    def root(image: int) -> int:
        while parent[image] != image:
            image = parent[image]
        return image

    for pair in pairs:
        if pair.same:
            a, b = root(pair.first), root(pair.second)
            parent[max(a, b)] = min(a, b)
    roots = [root(image) for image in range(len(names))]
    return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def _person(name: str) -> str:
    path = PurePosixPath(name)
    if str(path.parent) != ".":
        return f"{path.parent}/"
    numbered = _NUMBERED.fullmatch(path.stem)
    return numbered[1] if numbered else path.name
