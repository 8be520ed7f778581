"""Running and reporting of `weightings`."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from faceplatform.evaluation.acquisition import Samples
from faceplatform.evaluation.by_group import Labels
from faceplatform.evaluation.studies import weightings

_COLUMN = 26


def run(samples: Samples, *, mirrored: bool, labels: Labels | None = None) -> dict[str, Any]:
    """Compare ways of fusing. Return the results as data.

    Args:
        samples: with qualities; the second embeddings, if any, are those of `mirror.build_toggled`.
        mirrored: True if the first embeddings average the mirrored chip.
    """
    embeddings, *others = samples.embeddings
    ways = weightings.compare(
        embeddings,
        samples.people,
        samples.qualities,
        labels=labels,
        toggled=others[0] if others else None,
        mirrored=mirrored,
    )
    return {"weightings": [asdict(way) for way in ways]}


def lines(data: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a report on the result of `run`."""
    yield "Ways of fusing: FNMR, and what it gains over the plain mean (95 % interval), at FMR"
    yield f"{'':42}" + "".join(f"{fmr:<{_COLUMN}g}" for fmr in weightings.FMRS).rstrip()
    for row in data["weightings"]:
        cells = [
            f"{100 * fnmr:.2f} {100 * gain:+.2f} ({100 * low:+.2f} {100 * high:+.2f})"
            for fnmr, gain, (low, high) in zip(
                row["fnmr"], row["gain"], row["gain_interval"], strict=True
            )
        ]
        name = f"{row['counts'][0]} v {row['counts'][1]}  {row['way']}"
        yield f"{name:42}" + "".join(f"{cell:<{_COLUMN}}" for cell in cells).rstrip()
