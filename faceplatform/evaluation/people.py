"""The list of people: whose photographs to compare, and the group that each person belongs to."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceplatform import plain_files
from faceplatform.evaluation.errors import EvaluationError

PERSON = "person"
GROUP = "group"


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """The photographs of a list of people.

    Attributes:
        images: existing paths, those of a person together.
        people: int64, (images,).
    """

    images: tuple[Path, ...]
    people: NDArray[np.int64]


def read_groups(path: Path, *, column: str = GROUP) -> dict[str, str]:
    """Return the group of each person, "" for none, from a CSV file. Other columns are ignored.

    Raises:
        EvaluationError: the file or a column is missing, or a line names nobody, a path or a person
            of an earlier line; the message names the line.
    """
    groups: dict[str, str] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in (PERSON, column) if name not in (reader.fieldnames or ())]
            if missing:
                raise EvaluationError(f"{path.name}, line 1: no column {', '.join(missing)}")
            for row in reader:
                person = (row[PERSON] or "").strip()
                if not person or Path(person).name != person or person in groups:
                    raise EvaluationError(
                        f"{path.name}, line {reader.line_num}: {person!r} is not the name of a "
                        "folder, or is listed twice"
                    )
                groups[person] = (row[column] or "").strip()
    except (OSError, UnicodeDecodeError, csv.Error) as e:
        raise EvaluationError(f"{path} cannot be read as CSV: {e}") from e
    return groups


def gather(images: Path, names: Sequence[str]) -> Gathered:
    """Return every file of the folders of these people.

    Raises:
        EvaluationError: a person has no folder, or an empty one.
        faceplatform.plain_files.NotPlainError: there is a link, a named pipe or a device.
    """
    paths: list[Path] = []
    people: list[int] = []
    for number, name in enumerate(names):
        folder = images / name
        if not plain_files.is_folder(folder):
            raise EvaluationError(f"{images} has no folder {name!r} (links are not followed)")
        found = [path for path in plain_files.entries(folder) if plain_files.is_file(path)]
        if not found:
            raise EvaluationError(f"{folder} is empty")
        paths += found
        people += [number] * len(found)
    return Gathered(tuple(paths), np.array(people, dtype=np.int64))


def labels_of(images: Sequence[Path], groups: Mapping[str, str]) -> NDArray[np.str_]:
    """Return the group of the person of each image, whose folder has the person's name."""
    return np.array([groups.get(path.parent.name, "") for path in images], dtype=np.str_)
