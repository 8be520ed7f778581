"""The promises of calibrations beside the rates of labelled people, group by group.

Strangers are compared within a group: an impostor does not choose a person of the other
sex. One group of everybody comes first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation import clustering, det_plot, fusion, looks, metrics
from faceplatform.evaluation.comparisons import Comparisons, Matrix, People, all_against_all
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.shares import (
    Share,
    share_of_pairs,
    share_of_people,
    share_of_strangers,
)
from faceplatform.matching.calibration import Calibration

FMRS = (1e-2, 1e-3, 1e-4)
EVERYBODY = ""
TEMPLATE_FRAMES = 3
LOOKS = 3
_DET_STEPS = 60
# A spread is that of the false matches at this rate: enough of them, and near those that matter.
_SPREAD_AT = 1e-3
# Strangers' sessions are those of so many people: five templates and probes each make six million.
_MOST_PEOPLE = 500


@dataclass(frozen=True, slots=True)
class Promise:
    """One look of one frame at a promised false match rate.

    Attributes:
        calibration: the name of the calibration that gave the threshold.
        false_matches: comparisons of strangers that match.
        fmr, fnmr: their shares, with 95 % intervals.
    """

    calibration: str
    promised: float
    threshold: float
    false_matches: int
    fmr: Share
    fnmr: Share


@dataclass(frozen=True, slots=True)
class Session:
    """Authentications of up to three frames against a template of three.

    Attributes:
        strangers: shares let in after 1, 2 and 3 looks.
        missed: shares of people who have not matched by then.
    """

    calibration: str
    promised: float
    strangers: Sequence[Share]
    missed: Sequence[Share]


@dataclass(frozen=True, slots=True)
class Group:
    """The results of one group; its name is "" for everybody.

    Attributes:
        det: points (FMR, FNMR) of one frame against one.
        spread: of people, see `clustering`; None if it cannot be estimated.
        sessions: empty if too few people have the photographs of a session.
    """

    name: str
    people: int
    photographs: int
    comparisons: int
    genuine: int
    spread: float | None
    det: Sequence[det_plot.Point]
    promises: Sequence[Promise]
    sessions: Sequence[Session]


def measure(
    embeddings: Matrix,
    people: People,
    labels: Sequence[str],
    calibrations: Mapping[str, Calibration],
) -> list[dict[str, Any]]:
    """Return the results as data: of everybody, then of each group with two people or more.

    Args:
        embeddings: float32, (photographs, dimension), rows L2-normalised.
        people: int64, (photographs,).
        labels: the group of each photograph's person; "" for none.
        calibrations: by the names that the results are to have.
    """
    groups = np.array(labels, dtype=object)
    found = []
    for name, rows in _groups(groups):
        of_group = people[rows]
        if len(np.unique(of_group)) > 1:
            numbered = np.unique(of_group, return_inverse=True)[1].astype(np.int64)
            found.append(asdict(_measure(name, embeddings[rows], numbered, calibrations)))
    return found


def _groups(labels: NDArray[np.object_]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    yield EVERYBODY, np.arange(len(labels))
    for name in sorted({str(label) for label in labels} - {""}):
        yield name, np.flatnonzero(labels == name)


def _measure(
    name: str, embeddings: Matrix, people: People, calibrations: Mapping[str, Calibration]
) -> Group:
    single = all_against_all(embeddings, people)
    strangers = len(single.impostors.scores)
    return Group(
        name=name,
        people=len(np.unique(people)),
        photographs=len(people),
        comparisons=strangers,
        genuine=len(single.genuine.scores),
        spread=_spread(single),
        det=det_plot.trade_off(single, steps=_DET_STEPS) if len(single.genuine.scores) else (),
        promises=[
            _promise(single, called, calibration, fmr)
            for called, calibration in calibrations.items()
            for fmr in FMRS
        ],
        sessions=_sessions(embeddings, people, calibrations),
    )


def _spread(single: Comparisons) -> float | None:
    impostors = single.impostors
    if _SPREAD_AT * len(impostors.scores) < 1:
        return None
    threshold = metrics.threshold_at(impostors, _SPREAD_AT)
    return clustering.spread_of_people(impostors, threshold)


def _promise(single: Comparisons, called: str, calibration: Calibration, fmr: float) -> Promise:
    threshold = calibration.threshold(fmr, template_frames=1, probe_frames=1)
    impostors, genuine = single.impostors, single.genuine
    return Promise(
        calibration=called,
        promised=fmr,
        threshold=threshold,
        false_matches=metrics.false_matches(impostors, threshold),
        fmr=share_of_pairs(impostors, threshold),
        fnmr=share_of_people(genuine.scores < np.float32(threshold), genuine.people),
    )


def _sessions(
    embeddings: Matrix, people: People, calibrations: Mapping[str, Calibration]
) -> list[Session]:
    try:
        templates = _some(fusion.stranger_groups(people, TEMPLATE_FRAMES, 0))
        probes = _some(fusion.stranger_groups(people, LOOKS, 1))
        genuine, owners = looks.of_people(
            embeddings, people, template_frames=TEMPLATE_FRAMES, looks=LOOKS
        )
    except EvaluationError:  # too few people have so many photographs: the report says so
        return []
    compared = looks.compare(embeddings, templates, probes)
    strangers, pairs = compared.cosines[:, compared.apart], compared.pairs
    found = []
    for called, calibration in calibrations.items():
        for fmr in FMRS:
            thresholds = np.array(look_thresholds(calibration, fmr), dtype=np.float32)[:, None]
            let_in = np.logical_or.accumulate(strangers >= thresholds)
            matched = np.logical_or.accumulate(genuine >= thresholds)
            found.append(
                Session(
                    calibration=called,
                    promised=fmr,
                    strangers=[
                        share_of_strangers(let_in[n], pairs[:, 0], pairs[:, 1])
                        for n in range(LOOKS)
                    ],
                    missed=[share_of_people(~matched[n], owners) for n in range(LOOKS)],
                )
            )
    return found


def look_thresholds(calibration: Calibration, fmr: float) -> list[float]:
    """Return the thresholds after each frame of a verification, as the product sets them."""
    return [
        calibration.threshold(
            fmr, template_frames=TEMPLATE_FRAMES, probe_frames=look + 1, looks=LOOKS
        )
        for look in range(LOOKS)
    ]


def _some(groups: fusion.Groups) -> fusion.Groups:
    """Return those of at most _MOST_PEOPLE people, renumbered: the same people in any size."""
    rows, owners = groups
    present = np.unique(owners)
    if len(present) > _MOST_PEOPLE:
        present = np.random.default_rng(0).choice(present, _MOST_PEOPLE, replace=False)
        present.sort()
    kept = np.isin(owners, present)
    return rows[kept], np.searchsorted(present, owners[kept])
