"""Results as text for a terminal, and as data for `--json`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from faceplatform.evaluation.acquisition import Samples
from faceplatform.evaluation.by_group import Counts, Labels, rows_of_groups
from faceplatform.evaluation.comparisons import Comparisons
from faceplatform.evaluation.measurement import FMRS, REPORTED, Measurement, Rate, rates
from faceplatform.evaluation.pairs import PairList
from faceplatform.evaluation.tail import LEAST_CONFUSED
from faceplatform.matching.model import RecognitionModel


def as_data(
    model: RecognitionModel,
    source: str,
    pairs: PairList,
    samples: Samples,
    found: Measurement,
    *,
    groups: Mapping[str, Mapping[Counts, Comparisons]],
    labels: Labels | None,
) -> dict[str, Any]:
    """Return the figures as fractions. Keys of false match rates are "1e-2", "1e-3", "1e-4".

    Args:
        groups: comparisons within each labelled group.
        labels: (images,), the group of each image's person; None without groups.
    """
    listed = found.listed
    accuracy = listed.accuracy if listed else None
    return {
        "model": str(model.key),
        "source": source,
        "pictures": len(pairs.images),
        "people": len(set(pairs.people.tolist())),
        "failures_to_acquire": sum(samples.failures.values()),
        "failure_reasons": dict(samples.failures),
        "acquisition": acquisition(samples.reasons, labels),
        "pairs": listed.count if listed else 0,
        "accuracy": accuracy.mean if accuracy else None,
        "accuracy_stderr": accuracy.stderr if accuracy else None,
        "accuracy_folds": list(accuracy.folds) if accuracy else [],
        "eer": listed.eer if listed else None,
        **_rates(listed.rates if listed else ()),
        "comparisons": len(found.single.impostors.scores),
        "all_against_all": _table(found.single),
        "fused": {
            f"{templates}v{probes}": _table(found.fused[templates, probes])
            for templates, probes in REPORTED
            if (templates, probes) in found.fused
        },
        "groups": [_group(name, tables) for name, tables in sorted(groups.items())],
    }


def acquisition(reasons: Sequence[str | None], labels: Labels | None) -> list[dict[str, Any]]:
    """Return the number of photographs and of failures by reason: of all, then of each group."""
    rows = [("", np.arange(len(reasons))), *rows_of_groups(labels)]
    return [
        {
            "group": name,
            "photographs": len(images),
            "failures": dict(Counter(r for i in images if (r := reasons[i])).most_common()),
        }
        for name, images in rows
    ]


def _group(name: str, tables: Mapping[Counts, Comparisons]) -> dict[str, Any]:
    impostors = tables[1, 1].impostors
    return {
        "group": name,
        "people": int(np.count_nonzero(impostors.template_counts)),
        "all_against_all": _table(tables[1, 1]),
        "fused": {
            f"{templates}v{probes}": _table(tables[templates, probes])
            for templates, probes in REPORTED
            if (templates, probes) in tables
        },
    }


def lines(data: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a report on the result of `as_data`."""
    yield f"{data['model']}"
    yield f"{data['source']}"
    yield (
        f"failure to acquire       {data['failures_to_acquire']} of {data['pictures']}"
        + "".join(f", {name}: {count}" for name, count in data["failure_reasons"].items())
    )
    for group in data["acquisition"][1:]:
        failed = sum(group["failures"].values())
        yield f"  of group {group['group']:<14} {failed} of {group['photographs']}"
    if data["pairs"]:
        yield from _listed(data)
    yield f"strangers' comparisons   {data['comparisons']:,}, all against all"
    yield ""
    yield "FNMR (95 % interval) at FMR     " + "".join(f"{fmr:<24}" for fmr in data["fnmr"])
    if data["pairs"]:
        yield _row("listed pairs", data)
    yield _row("all against all", data["all_against_all"])
    for name, table in data["fused"].items():
        templates, probes = name.split("v")
        yield _row(f"template of {templates}, probe of {probes}", table)
    for group in data["groups"]:
        yield _row(f"group {group['group']}, {group['people']} people", group["all_against_all"])
        for name, table in group["fused"].items():
            yield _row(f"  {name}", table)
    if _has_thin(data):
        yield f"(*) false matches of fewer than {LEAST_CONFUSED} pairs of people: a rough figure"


def _listed(data: dict[str, Any]) -> Iterator[str]:
    folds = len(data["accuracy_folds"])
    if data["accuracy"] is None:
        yield "accuracy                 needs pairs of two folds or more"
    else:
        yield (
            f"accuracy, {folds:2d} folds       {_percent(data['accuracy'])} "
            f"+- {_percent(data['accuracy_stderr'])} ({data['pairs']} pairs)"
        )
    yield f"equal error rate         {_percent(data['eer'])}"


def _table(comparisons: Comparisons) -> dict[str, Any]:
    return {
        "comparisons": len(comparisons.impostors.scores),
        "genuine_comparisons": len(comparisons.genuine.scores),
        "genuine_people": comparisons.genuine.people_count,
        **_rates(rates(comparisons)),
    }


def _rates(found: tuple[Rate, ...]) -> dict[str, Any]:
    """Return figures by false match rate; None for rates with too few comparisons."""
    by_fmr = {rate.fmr: rate for rate in found}
    rows = {_key(fmr): by_fmr.get(fmr) for fmr in FMRS}
    return {
        "fnmr": {key: rate and rate.fnmr for key, rate in rows.items()},
        "fnmr_ci": {key: rate and list(rate.interval) for key, rate in rows.items()},
        "fmr": {key: rate and rate.actual.rate for key, rate in rows.items()},
        "fmr_ci": {key: rate and _ends(rate.actual.interval) for key, rate in rows.items()},
        "thresholds": {key: rate and rate.threshold for key, rate in rows.items()},
        "false_matches": {key: rate and rate.false_matches for key, rate in rows.items()},
        "people_confused": {key: rate and rate.people_confused for key, rate in rows.items()},
    }


def _ends(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else list(interval)


def _key(fmr: float) -> str:
    """Return "1e-2" for 0.01."""
    return f"{fmr:.0e}".replace("e-0", "e-")


def _row(name: str, table: dict[str, Any]) -> str:
    cells = []
    for key, fnmr in table["fnmr"].items():
        if fnmr is None:
            cells.append("too few comparisons")
            continue
        low, high = table["fnmr_ci"][key]
        thin = "*" if table["people_confused"][key] < LEAST_CONFUSED else ""
        cells.append(f"{_percent(fnmr)} ({100 * low:.2f}-{100 * high:.2f}){thin}")
    return f"{name:<31} " + "".join(f"{cell:<24}" for cell in cells).rstrip()


def _has_thin(data: dict[str, Any]) -> bool:
    each = (data, *data["groups"])
    tables = [t for one in each for t in (one["all_against_all"], *one["fused"].values())]
    counts = [count for table in tables for count in table["people_confused"].values()]
    return any(count is not None and count < LEAST_CONFUSED for count in counts)


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
