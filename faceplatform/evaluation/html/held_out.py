"""The report's part on people that thresholds were not made from: promised against actual."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from faceplatform.evaluation.html import page, plots
from faceplatform.evaluation.html.page import Section
from faceplatform.evaluation.html.words import interval, named, rate_name, share

Row = Mapping[str, Any]

# Ways of comparing with a colour of their own in the plots; searches are in the tables alone.
_PLOTTED = 5
_HOW = (
    "{draws} times, the people of each group are split into halves at random. One half gives "
    "thresholds and rates of sessions, as a calibration of this site does; strangers are counted "
    "in the other. Then the halves are swapped. Rates are means of the {halves} halves, with their "
    "10th and 90th percentile. Half of the people make stricter thresholds than all of them."
)


def section(data: Mapping[str, Any]) -> Section:
    """Return the part.

    Args:
        data: `draws`, the number of splits; `promises`, of `held_out_report.as_data`; `left_out`,
            pairs of a group and a way of comparing; `withheld`, why there are no promises, or "".
    """
    return Section("held-out", "Promises to people held out", list(_parts(data)))


def lead(rows: Sequence[Row]) -> Iterator[str]:
    """Yield what the first lines of the report say of the result of `held_out_report.as_data`."""
    telling = [row for row in rows if row["telling"]]
    if not telling:
        return
    broken = [row for row in telling if row["broken"]]
    if not broken:
        yield (
            "Thresholds made from half of the people keep their promise to the other half in all "
            f"{len(telling)} cases in which there are enough people to tell."
        )
        return
    worst = max(broken, key=_times)
    yield (
        f"Thresholds made from half of the people break {len(broken)} of {len(telling)} promises "
        f"to the other half. The worst: {named(worst['group'])}, {worst['compared']}, "
        f"{_times(worst):.1f} times the promised {rate_name(worst['promised'])}."
    )


def _parts(data: Mapping[str, Any]) -> Iterator[str]:
    if data["withheld"]:
        yield page.paragraph(f"Half of the people are too few: {data['withheld']}.")
        return
    yield page.paragraph(_HOW.format(draws=data["draws"], halves=2 * data["draws"]))
    rows: Sequence[Row] = data["promises"]
    for promised in sorted({row["promised"] for row in rows}, reverse=True):
        yield from _at([row for row in rows if row["promised"] == promised], promised)
    if data["left_out"]:
        yield page.paragraph("Left out, since half of the group has too few photographs or people:")
        yield page.bullets([f"{named(group)}, {compared}" for group, compared in data["left_out"]])


def _at(rows: Sequence[Row], promised: float) -> Iterator[str]:
    kinds = list(dict.fromkeys(row["compared"] for row in rows))
    caption = f"Promised {rate_name(promised)}: actual rate among people held out, by group"
    ranges = [
        plots.Range(
            named(row["group"]),
            row["actual"]["mean"],
            row["actual"]["low"],
            row["actual"]["high"],
            kinds.index(row["compared"]),
        )
        for row in rows
        if row["compared"] in kinds[:_PLOTTED]
    ]
    yield page.figure(
        plots.rates(caption, ranges, kinds[:_PLOTTED], promised=promised),
        "A dot is the mean over halves, the line goes from their 10th to their 90th percentile. "
        "Left of the upright line the promise is kept. A rate of zero is drawn at the left end.",
    )
    yield page.table(
        caption,
        ("group", "compared", "actual rate", "10th to 90th", "of the promise", "promise", "missed"),
        [
            (
                named(row["group"]),
                row["compared"],
                share(row["actual"]["mean"]),
                interval((row["actual"]["low"], row["actual"]["high"])),
                f"{_times(row):.2f}",
                _verdict(row),
                share(row["missed"][-1]["mean"]),
            )
            for row in rows
        ],
    )


def _verdict(row: Row) -> str:
    if not row["telling"]:
        return "too few people to tell"
    return "broken" if row["broken"] else "kept"


def _times(row: Row) -> float:
    return float(row["actual"]["mean"] / row["promised"])
