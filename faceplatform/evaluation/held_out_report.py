"""Promises to people held out, as data for `--json` and as lines of a table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from faceplatform.evaluation.by_group import Labels, rows_of_groups
from faceplatform.evaluation.held_out import Kept
from faceplatform.evaluation.trials import TRIALS

_TOO_FEW = "(*) too few people to tell a rate above the promise from none at all"


def as_data(found: Iterable[Kept]) -> list[dict[str, Any]]:
    """Return the results as fractions, each with its ``mean``, ``low`` and ``high`` over halves.

    ``actual`` is the share of strangers let in; ``missed`` has an entry for each look. Of a promise
    that is not ``telling`` there are too few people to say whether it is ``broken``.
    """
    return [
        {
            "group": kept.group,
            "compared": kept.trial.name,
            "promised": kept.promised,
            "actual": asdict(kept.fmr),
            "missed": [asdict(look) for look in kept.missed],
            "expected_pairs": kept.pairs,
            "telling": kept.telling,
            "broken": kept.broken,
        }
        for kept in found
    ]


def left_out(found: Iterable[Kept], labels: Labels | None) -> list[tuple[str, str]]:
    """Return the groups and ways of comparing that `held_out.check` found too few people for."""
    present = {(kept.group, kept.trial) for kept in found}
    groups = [name for name, _ in rows_of_groups(labels)] or [""]
    return [(group, t.name) for group in groups for t in TRIALS if (group, t) not in present]


def lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of a table, in Markdown, of the result of `as_data`."""
    yield "| group | compared | promised | strangers let in | promise | missed by each look |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        verdict = "above" if row["actual"]["mean"] > row["promised"] else "inside"
        missed = ", ".join(map(_percent, row["missed"]))
        yield (
            f"| {row['group'] or 'everybody'} | {row['compared']} | {row['promised']:g} "
            f"| {_rate(row['actual'])} | {verdict}{'' if row['telling'] else ' (*)'} | {missed} |"
        )
    yield _TOO_FEW


def _rate(spread: Mapping[str, float]) -> str:
    return f"{spread['mean']:.1e} ({spread['low']:.1e} to {spread['high']:.1e})"


def _percent(spread: Mapping[str, float]) -> str:
    return f"{100 * spread['mean']:.1f} % ({100 * spread['low']:.1f}-{100 * spread['high']:.1f})"
