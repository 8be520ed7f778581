"""Results as text for a terminal, and as data for `--json`."""

from collections.abc import Iterator
from typing import Any

from faceplatform.evaluation.acquisition import Samples
from faceplatform.evaluation.comparisons import Comparisons
from faceplatform.evaluation.measurement import FMRS, REPORTED, Measurement, Rate, rates
from faceplatform.evaluation.pairs import PairList
from faceplatform.evaluation.tail import LEAST_CONFUSED
from faceplatform.matching.model import RecognitionModel


def as_data(
    model: RecognitionModel, source: str, pairs: PairList, samples: Samples, found: Measurement
) -> dict[str, Any]:
    """Return the figures as fractions. Keys of false match rates are "1e-2", "1e-3", "1e-4"."""
    accuracy = found.accuracy
    return {
        "model": str(model.key),
        "source": source,
        "pictures": len(pairs.images),
        "people": len(set(pairs.people.tolist())),
        "failures_to_acquire": sum(samples.failures.values()),
        "failure_reasons": dict(samples.failures),
        "acquisition": [
            {"group": "", "photographs": len(pairs.images), "failures": dict(samples.failures)}
        ],
        "pairs": found.listed,
        "accuracy": accuracy.mean if accuracy else None,
        "accuracy_stderr": accuracy.stderr if accuracy else None,
        "accuracy_folds": list(accuracy.folds) if accuracy else [],
        "eer": found.eer,
        **_rates(found.listed_rates),
        "comparisons": len(found.single.impostors.scores),
        "all_against_all": _table(found.single),
        "fused": {
            f"{templates}v{probes}": _table(found.fused[templates, probes])
            for templates, probes in REPORTED
            if (templates, probes) in found.fused
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
    folds = len(data["accuracy_folds"])
    if data["accuracy"] is None:
        yield "accuracy                 needs pairs of two folds or more"
    else:
        yield (
            f"accuracy, {folds:2d} folds       {_percent(data['accuracy'])} "
            f"+- {_percent(data['accuracy_stderr'])} ({data['pairs']} pairs)"
        )
    yield f"equal error rate         {_percent(data['eer'])}"
    yield f"strangers' comparisons   {data['comparisons']:,}, all against all"
    yield ""
    yield "FNMR (95 % interval) at FMR     " + "".join(f"{fmr:<24}" for fmr in data["fnmr"])
    yield _row("listed pairs", data)
    yield _row("all against all", data["all_against_all"])
    for name, table in data["fused"].items():
        templates, probes = name.split("v")
        yield _row(f"template of {templates}, probe of {probes}", table)
    if _has_thin(data):
        yield f"(*) false matches of fewer than {LEAST_CONFUSED} pairs of people: a rough figure"


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
        "thresholds": {key: rate and rate.threshold for key, rate in rows.items()},
        "false_matches": {key: rate and rate.false_matches for key, rate in rows.items()},
        "people_confused": {key: rate and rate.people_confused for key, rate in rows.items()},
    }


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
    return f"{name:<32}" + "".join(f"{cell:<24}" for cell in cells).rstrip()


def _has_thin(data: dict[str, Any]) -> bool:
    tables = (data["all_against_all"], *data["fused"].values())
    counts = [count for table in tables for count in table["people_confused"].values()]
    return any(count is not None and count < LEAST_CONFUSED for count in counts)


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
