"""The words of a calibration's promise: for whom, for how much of a session and by which path its
false match rates hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NEVER_COVERED = (
    "groups that are not labelled, such as age or skin tone",
    "other cameras and other light",
    "attacks: a false match is an accident",
)


@dataclass(frozen=True, slots=True)
class Promise:
    """The coverage of a calibration.

    Attributes:
        groups: the labelled groups, in each of which the false match rates hold. Empty if
            everybody was compared with everybody.
        sessions: True if the rate of a whole session was measured, not of one comparison alone.
        looks: the most looks of a session that were measured.
        detection: True if the photographs went through the product's detection, gate and
            alignment; False for chips that were aligned before.
        strictest: the lowest false match rate measured among everybody; None in a file that does
            not say. In small groups the lowest rates are extrapolated.
    """

    groups: tuple[str, ...] = ()
    sessions: bool = False
    looks: int = 1
    detection: bool = False
    strictest: float | None = None

    @property
    def gaps(self) -> list[str]:
        """The parts that a complete promise would have and this one lacks, as text."""
        lacking = (
            (not self.groups, "everybody against everybody, not each group by itself"),
            (not self.sessions, "one look, not a whole session"),
            (not self.detection, "aligned chips, not photographs through detection"),
        )
        return [text for lacks, text in lacking if lacks]

    @property
    def not_covered(self) -> list[str]:
        """Everything that the rates do not hold for, as text: the gaps, and what no file covers."""
        return [*self.gaps, *_NEVER_COVERED]


def read_promise(data: Mapping[str, Any]) -> Promise:
    """Read the member ``promise`` of a calibration's file."""
    return Promise(
        groups=tuple(str(group) for group in data["groups"]),
        sessions=bool(data["sessions"]),
        looks=int(data["looks"]),
        detection=bool(data["detection"]),
        strictest=float(data["strictest"]) if "strictest" in data else None,
    )
