"""Results of `manage.py evaluate_pad` as text for a terminal, and as data for `--json`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from faceplatform.evaluation.pad.judging import Fault
from faceplatform.evaluation.pad.rates import THRESHOLDS, Curves, Result, bpcer_at
from faceplatform.evaluation.proportions import Proportion

# The rates of APCER at which ISO/IEC 30107-3 compares systems by their BPCER.
_COMPARED = {"bpcer10": 0.10, "bpcer20": 0.05}


def as_data(
    *,
    source: str,
    threshold: float,
    nets: Sequence[str],
    frames: int,
    bona_fide: Result,
    attacks: Mapping[str, Result],
    found: Curves,
) -> dict[str, Any]:
    """Return the figures; rates are fractions, None where nothing responded.

    Args:
        nets: those that judged a frame.
        frames: the most frames of a sequence that were judged.
    """
    apcer = {species: result.errors.rate for species, result in attacks.items()}
    return {
        "source": source,
        "threshold": threshold,
        "nets": list(nets),
        "frames_per_sequence": frames,
        "bpcer": bona_fide.errors.rate,
        "bpnrr": bona_fide.non_responses.rate,
        "apcer": apcer,
        "apcer_max": max((rate for rate in apcer.values() if rate is not None), default=None),
        "apnrr": {species: result.non_responses.rate for species, result in attacks.items()},
        **{name: bpcer_at(found, rate) for name, rate in _COMPARED.items()},
        "bona_fide": _counts(bona_fide),
        "attacks": {species: _counts(result) for species, result in attacks.items()},
        "curves": {
            "threshold": [round(float(threshold), 2) for threshold in THRESHOLDS],
            "bpcer": None if found.bpcer is None else found.bpcer.tolist(),
            "apcer": {
                species: None if rate is None else rate.tolist()
                for species, rate in found.apcer.items()
            },
        },
    }


def unusable_files(faults: Iterable[Fault]) -> list[dict[str, str]]:
    """Return the files that could not be used, as data."""
    return [{"path": str(each.path), "code": each.code} for each in faults]


def lines(data: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a report on the result of `as_data`."""
    yield data["source"]
    yield f"judged by {', '.join(data['nets']) or 'no net'}; threshold {data['threshold']:g}"
    yield f"of a sequence {data['frames_per_sequence']} frames"
    yield ""
    yield f"{'':<24}{'no response':<16}{'errors':<14}{'rate (95 % interval)':<26}at most  frames"
    yield _row("BPCER  bona fide", data["bona_fide"])
    for species, counts in data["attacks"].items():
        yield _row(f"APCER  {species}", counts)
    yield ""
    yield f"highest APCER            {_percent(data['apcer_max'])}"
    for name, rate in _COMPARED.items():
        words = f"BPCER at APCER {100 * rate:.0f} %"
        yield f"{words:<25}{_percent(data[name])} ({name.upper()}, all species)"
    for name, counts in {"bona fide": data["bona_fide"], **data["attacks"]}.items():
        if counts["non_response_reasons"]:
            reasons = (f"{reason} {n}" for reason, n in counts["non_response_reasons"].items())
            yield f"no response, {name}: {', '.join(reasons)}"
    yield "at most: one-sided, with 95 % confidence, if presentations are independent"


def _counts(result: Result) -> dict[str, Any]:
    errors = result.errors
    return {
        "presentations": result.non_responses.of,
        "non_responses": result.non_responses.count,
        "non_response_reasons": dict(result.reasons),
        "responses": errors.of,
        "errors": errors.count,
        "rate": errors.rate,
        "interval": errors.interval and list(errors.interval),
        "upper_bound": errors.upper_bound,
        "frames": _frames(result.frame_errors),
    }


def _frames(errors: Proportion) -> dict[str, Any]:
    return {"responses": errors.of, "errors": errors.count, "rate": errors.rate}


def _row(name: str, counts: dict[str, Any]) -> str:
    silent = f"{counts['non_responses']} of {counts['presentations']}"
    errors = f"{counts['errors']} of {counts['responses']}"
    frames = f"{counts['frames']['errors']} of {counts['frames']['responses']}"
    if counts["rate"] is None:
        return f"{name:<23} {silent:<16}{errors:<14}nothing responded"
    low, high = counts["interval"]
    rate = f"{_percent(counts['rate'])} ({100 * low:.1f}-{100 * high:.1f})"
    bound = _percent(counts["upper_bound"])
    return f"{name:<23} {silent:<16}{errors:<14}{rate:<26}{bound:<9}{frames}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
