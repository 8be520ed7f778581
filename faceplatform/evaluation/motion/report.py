"""From trials to counts of verdicts, as data and as text."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.motion.trials import Trial, halves
from faceplatform.evaluation.proportions import Proportion
from faceplatform.liveness.parallax import LIMITS, Limits, Motion, judge

# The limits of a half: solid from this multiple of the strongest photograph on, flat below this
# share of that.
_MARGIN, _FLAT_SHARE = 1.2, 0.8
_NOTE = (
    "Synthetic: the heads are photographs over the mesh's depth, the very model that the check "
    "assumes. This proves the wiring, and is no error rate: see docs/liveness.md to measure one."
)


def as_data(found: Sequence[Trial], films: Sequence[Trial]) -> dict[str, Any]:
    """Return all figures.

    Raises:
        EvaluationError: there are fewer than two people.
    """
    first, second = halves(found)
    if not first or not second:
        raise EvaluationError("faces of fewer than two people were acquired")
    chosen = choose(first)
    return {
        "note": _NOTE,
        "people": len({trial.person for trial in found}),
        "shipped": asdict(LIMITS),
        "chosen": None if chosen is None else asdict(chosen),
        "shipped_on_all": _verdicts(found, LIMITS),
        "chosen_on_the_others": [] if chosen is None else _verdicts(second, chosen),
        "films": _verdicts(films, LIMITS, independent=False),
    }


def choose(found: Sequence[Trial]) -> Limits | None:
    """Return limits above every photograph of these trials; None if no photograph moved enough to
    be judged."""
    strengths = [s for trial in found if not trial.is_head and (s := _strength(trial)) is not None]
    if not strengths:
        return None
    solid = round(_MARGIN * max(strengths), 2)
    return Limits(flat_below=round(_FLAT_SHARE * solid, 2), solid_from=solid)


def lines(data: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a report on the result of `as_data`."""
    yield data["note"]
    yield f"{data['people']} people. Shipped limits: {_limits(data['shipped'])}"
    yield from _table(data["shipped_on_all"])
    if data["chosen"] is not None:
        yield ""
        yield f"Limits chosen on one half of the people: {_limits(data['chosen'])}; on the others:"
        yield from _table(data["chosen_on_the_others"])
    if data["films"]:
        yield ""
        yield "Films, shipped limits (windows of one film are alike: no independent trials)"
        yield from _table(data["films"])


def _strength(trial: Trial) -> float | None:
    return judge(trial.comparisons).strength


def _verdicts(
    found: Sequence[Trial], limits: Limits, *, independent: bool = True
) -> list[dict[str, Any]]:
    """Return a row for each kind. Trials that are not independent have no bound."""
    rows = []
    for kind in dict.fromkeys(trial.kind for trial in found):
        mine = [trial for trial in found if trial.kind == kind]
        verdicts = [judge(trial.comparisons, limits).motion for trial in mine]
        counts = {motion.value: verdicts.count(motion) for motion in Motion}
        # The error of the kind: a head taken for flat, a photograph for solid.
        wrong = counts[Motion.FLAT if mine[0].is_head else Motion.SOLID]
        bound = Proportion(wrong, len(mine)).upper_bound
        strengths = [s for trial in mine if (s := _strength(trial)) is not None]
        low, middle, high = (
            (round(float(p), 2) for p in np.percentile(strengths, (5, 50, 95)))
            if strengths
            else (None,) * 3
        )
        rows.append(
            {
                "kind": kind,
                "is_head": mine[0].is_head,
                "trials": len(mine),
                **counts,
                "wrong": wrong,
                "wrong_upper_bound": bound if independent else None,
                "strength": {"p5": low, "median": middle, "p95": high},
            }
        )
    return rows


def _table(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield (
        f"{'':32}{'trials':>7}{'flat':>6}{'solid':>7}{'unclear':>9}"
        f"{'wrong at most':>15}   strength 5/50/95 %"
    )
    for row in rows:
        strength = "/".join("-" if s is None else f"{s:.2f}" for s in row["strength"].values())
        bound = row["wrong_upper_bound"]
        most = "-" if bound is None else f"{100 * bound:.1f} %"
        yield (
            f"{row['kind']:32}{row['trials']:>7}{row['flat']:>6}{row['solid']:>7}"
            f"{row['unclear']:>9}{most:>15}   {strength}"
        )


def _limits(limits: dict[str, float]) -> str:
    return f"flat below {limits['flat_below']:g}, solid from {limits['solid_from']:g}"
