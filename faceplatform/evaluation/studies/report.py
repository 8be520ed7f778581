"""Running and reporting of the studies."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from faceplatform.evaluation.acquisition import Samples
from faceplatform.evaluation.by_group import Labels
from faceplatform.evaluation.studies import holdout, identification, sequence, weightings

_COLUMN = 26


def run(samples: Samples, *, mirrored: bool, labels: Labels | None = None) -> dict[str, Any]:
    """Run all studies. Return their results as data.

    Args:
        samples: with qualities; the second embeddings, if any, are those of `mirror.build_toggled`.
        mirrored: True if the first embeddings average the mirrored chip.
    """
    embeddings, *others = samples.embeddings
    ways = weightings.compare(
        embeddings,
        samples.people,
        samples.qualities,
        toggled=others[0] if others else None,
        mirrored=mirrored,
    )
    return {
        "weightings": [asdict(way) for way in ways],
        "holdout": [asdict(kept) for kept in holdout.check(embeddings, samples.people)],
        "sequence": [asdict(each) for each in sequence.check(embeddings, samples.people)],
        "identification": [
            asdict(found) for found in identification.check(embeddings, samples.people)
        ],
    }


def lines(data: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a report on the result of `run`."""
    yield from _weightings(data["weightings"])
    yield ""
    yield from _holdout(data["holdout"])
    yield ""
    yield from _sequence(data["sequence"])
    yield ""
    yield from _identification(data["identification"])


def _weightings(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield "Ways of fusing: FNMR, and what it gains over the plain mean (95 % interval), at FMR"
    yield f"{'':42}" + "".join(f"{fmr:<{_COLUMN}g}" for fmr in weightings.FMRS).rstrip()
    for row in rows:
        cells = [
            f"{100 * fnmr:.2f} {100 * gain:+.2f} ({100 * low:+.2f} {100 * high:+.2f})"
            for fnmr, gain, (low, high) in zip(
                row["fnmr"], row["gain"], row["gain_interval"], strict=True
            )
        ]
        name = f"{row['counts'][0]} v {row['counts'][1]}  {row['way']}"
        yield f"{name:42}" + "".join(f"{cell:<{_COLUMN}}" for cell in cells).rstrip()


def _holdout(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield "Actual by promised FMR of people held out: mean (10th to 90th percentile of halves)"
    for row in rows:
        yield (
            f"{row['counts'][0]} v {row['counts'][1]}  FMR {row['fmr']:<8g}"
            f"{row['mean']:6.2f} ({row['low']:.2f} to {row['high']:.2f}), "
            f"with the threshold of 1 v 1 {row['single_threshold']:.1f}"
        )


def _sequence(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield "Authentications of up to 3 frames against a template of 3"
    for row in rows:
        yield (
            f"FMR {row['promised']:<7g}{'by the three looks' if row['shared'] else 'a look':19}"
            f"strangers {_percent(row['strangers'], 3):>8}  missed {_percent(row['missed']):>7}  "
            f"at the first frame {_percent(row['at_once']):>8}  frames {row['frames']:.2f}"
        )


def _identification(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield "Searches by strangers that find somebody: promised, actual, without scaling"
    for row in rows:
        yield (
            f"gallery of {row['gallery']:<6}{_percent(row['promised']):>8} "
            f"{_percent(row['fpir']):>8} {_percent(row['unscaled']):>8}"
        )


def _percent(share: float, decimals: int = 2) -> str:
    return f"{100 * share:.{decimals}f} %"
