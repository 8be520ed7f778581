"""The report on the operator's own people, from the data of `manage.py evaluate --json`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from faceplatform.evaluation import det_plot, power
from faceplatform.evaluation.html import held_out, page, plots
from faceplatform.evaluation.html.page import Section
from faceplatform.evaluation.html.words import (
    count,
    interval,
    named,
    rate_name,
    share,
    with_interval,
)
from faceplatform.evaluation.power import Aim

# Reasons of a plot that have a colour of their own; the others are one.
_REASONS = 4
_LIMITS = (
    "These figures hold for these people and these photographs. Other cameras, other light and "
    "other people differ.",
    "They hold for the groups that the table of people names. They say nothing about groups that "
    "it does not name, such as age or skin tone.",
    "A wrong name in the table of people counts as an error of the model. Look at pairs that you "
    "do not believe.",
    "Photographs of different days are harder than the frames of one session, and frames of one "
    "session easier.",
    "Nobody tried to deceive the model: a false match here is an accident.",
)


def render(data: Mapping[str, Any]) -> str:
    """Return the report as the text of an HTML file.

    It has numbers, and names of groups; no name of a person or file, photograph or embedding.

    Args:
        data: with `promises` (of `promises.measure`), `calibrations` (the sources by name) and
            `acquisition` (`group`, `photographs`, `failures`), besides those of `report.as_data`;
            `held_out` (see `held_out.section`) where people were held out.
    """
    groups = data["promises"]
    kinds = list(data["calibrations"])
    sections = [
        Section("counts", "What was measured", list(_counts(data, groups))),
        *rate_sections(groups, kinds),
        *([held_out.section(data["held_out"])] if "held_out" in data else []),
        Section("refusals", "Photographs that were refused", list(_refusals(data["acquisition"]))),
        Section("power", "How many people a promise needs", list(_power(groups))),
        Section("limits", "What these figures do not say", [page.bullets(_LIMITS)]),
    ]
    lead = [page.paragraph(text) for text in _lead(data, groups, kinds)]
    return page.document(f"Error rates of {data['model']}", lead, sections)


def rate_sections(
    groups: Sequence[Mapping[str, Any]], kinds: Sequence[str], *, prefix: str = "", of: str = ""
) -> list[Section]:
    """Return the sections on the results of `promises.measure`.

    Args:
        kinds: the names of the calibrations.
        prefix, of: of the anchors and the headings, on a page with several such parts.
    """
    return [
        Section(
            f"{prefix}fmr", f"Who is taken for somebody else{of}", [*_false_matches(groups, kinds)]
        ),
        Section(f"{prefix}det", f"Missed people against false matches{of}", [*_trade_off(groups)]),
        Section(f"{prefix}sessions", f"Whole authentications{of}", [*_sessions(groups, kinds)]),
    ]


def _lead(
    data: Mapping[str, Any], groups: Sequence[Mapping[str, Any]], kinds: Sequence[str]
) -> Iterator[str]:
    yield data["source"]
    for kind in kinds:
        rows = [(group["name"], _at(group, kind, 1e-3)) for group in groups]
        known = [(name, found) for name, found in rows if found["fmr"]["rate"] is not None]
        if known:
            name, worst = max(known, key=lambda row: row[1]["fmr"]["rate"])
            yield (
                f"With {kind} thresholds for one false match in 1,000 "
                f"strangers' frames, the worst group is {named(name)}: "
                f"{_times(worst['fmr']['rate'] / 1e-3)} the promised rate."
            )
    if "held_out" in data:
        yield from held_out.lead(data["held_out"]["promises"])


def _counts(data: Mapping[str, Any], groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield page.table(
        "People and comparisons of one frame with one",
        ("group", "people", "photographs", "strangers' comparisons", "genuine comparisons"),
        [
            (
                named(group["name"]),
                *(
                    count(group[name])
                    for name in ("people", "photographs", "comparisons", "genuine")
                ),
            )
            for group in groups
        ],
    )
    yield page.table(
        "Thresholds compared in this report",
        ("name", "made from"),
        list(data["calibrations"].items()),
    )
    yield page.paragraph(
        "Strangers are compared within their group: an impostor does not choose a person who looks "
        "different at once. Everybody with everybody gives a kinder figure."
    )


def _false_matches(groups: Sequence[Mapping[str, Any]], kinds: Sequence[str]) -> Iterator[str]:
    for promised in _promised(groups):
        found = [(g["name"], kind, _at(g, kind, promised)) for g in groups for kind in kinds]
        ranges = [
            plots.Range(
                named(name), each["fmr"]["rate"], *_ends(each["fmr"]["interval"]), kinds.index(kind)
            )
            for name, kind, each in found
            if each["fmr"]["rate"] is not None
        ]
        caption = f"Promised {rate_name(promised)}: false match rate of one frame by group"
        yield page.figure(
            plots.rates(caption, ranges, kinds, promised=promised),
            "A dot is the measured rate, the line its 95 % interval over people. Left of the "
            "upright line the promise is kept.",
        )
        yield page.table(
            caption,
            (
                "group",
                "thresholds",
                "false matches",
                "actual rate",
                "95 %",
                "people missed",
                "95 %",
            ),
            [
                (
                    named(name),
                    kind,
                    count(each["false_matches"]),
                    share(each["fmr"]["rate"]),
                    interval(each["fmr"]["interval"]),
                    share(each["fnmr"]["rate"]),
                    interval(each["fnmr"]["interval"]),
                )
                for name, kind, each in found
            ],
        )


def _trade_off(groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    curves = {
        named(group["name"]): [tuple(point) for point in group["det"]]
        for group in groups
        if group["det"]
    }
    if not curves:
        yield page.paragraph("Nobody has two photographs, so it is not known who would be missed.")
        return
    yield page.figure(
        det_plot.draw_points("Detection error trade-off by group, one frame with one", curves),
        "Each curve goes through all thresholds. Lower is better.",
    )
    marks = (1e-1, 1e-2, 1e-3, 1e-4)
    yield page.table(
        "People missed by one frame, at these actual false match rates of their group",
        ("group", *map(rate_name, marks)),
        [
            (name, *(share(_near(points, mark)) for mark in marks))
            for name, points in curves.items()
        ],
    )


def _sessions(groups: Sequence[Mapping[str, Any]], kinds: Sequence[str]) -> Iterator[str]:
    measured = [group for group in groups if group["sessions"]]
    yield page.paragraph(
        "An authentication looks after each frame and ends with the first match, so each look is "
        "another chance for a stranger. Templates of three frames, up to three frames of the "
        "person in front of the camera."
    )
    if left_out := [named(group["name"]) for group in groups if not group["sessions"]]:
        yield page.paragraph(
            "Not measured, since fewer than two people have the six photographs that it takes: "
            f"{', '.join(left_out)}."
        )
    for promised in _promised(measured):
        for kind in kinds:
            rows = [(g["name"], _at(g, kind, promised, "sessions")) for g in measured]
            yield from _session_parts(promised, kind, rows)


def _session_parts(
    promised: float, kind: str, rows: Sequence[tuple[str, Mapping[str, Any]]]
) -> Iterator[str]:
    head = f"Promised {rate_name(promised)}, {kind} thresholds"
    for measure, what in (("strangers", "strangers let in"), ("missed", "people missed")):
        lines = [
            plots.Line(named(name), [each["rate"] for each in found[measure]])
            for name, found in rows
        ]
        bound = promised if measure == "strangers" else None
        yield page.figure(
            plots.looks(f"{head}: {what} by look", lines, promised=bound),
            f"Share of {what} after so many looks; zero is drawn on the axis.",
        )
    yield page.table(
        f"{head}: after 1, 2 and 3 looks",
        ("group", *_look_columns("strangers"), *_look_columns("missed")),
        [
            (
                named(name),
                *(
                    with_interval(each["rate"], each["interval"])
                    for measure in ("strangers", "missed")
                    for each in found[measure]
                ),
            )
            for name, found in rows
        ],
    )


def _look_columns(name: str) -> list[str]:
    return [f"{name}, {look}" for look in (1, 2, 3)]


def _refusals(acquisition: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    totals: Counter[str] = Counter()
    for group in acquisition:
        totals.update(group["failures"])
    yield page.paragraph(
        "A photograph that detection or the policy's limits refuse is a failure to acquire. It is "
        "not compared, so it is in no other figure of this report."
    )
    if not totals:
        yield page.paragraph("No photograph was refused.")
        return
    first = [reason for reason, _ in totals.most_common(_REASONS)]
    others = [reason for reason in sorted(totals) if reason not in first]
    shown = [*first, *(["other"] if others else [])]
    stacks = []
    for group in acquisition:
        parts = [group["failures"].get(reason, 0) for reason in first]
        if others:
            parts.append(sum(group["failures"].get(reason, 0) for reason in others))
        of = max(group["photographs"], 1)
        stacks.append(plots.Stack(named(group["group"]), [part / of for part in parts]))
    yield page.figure(
        plots.shares("Photographs refused by group and reason", stacks, shown),
        "Shares of the group's photographs.",
    )
    reasons = [*first, *others]
    yield page.table(
        "Photographs refused",
        ("group", "photographs", "refused", *reasons),
        [
            (
                named(group["group"]),
                count(group["photographs"]),
                share(sum(group["failures"].values()) / max(group["photographs"], 1)),
                *(count(group["failures"].get(reason, 0)) for reason in reasons),
            )
            for group in acquisition
        ],
    )


def _power(groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield page.paragraph(
        "People are compared with all others of their group. Some are taken for others more often "
        "than the rest, by the spread below; the more they do, the more people it takes "
        "(ISO/IEC 19795-1, rule of 3; see `manage.py people_needed`)."
    )
    if any(group["spread"] is None for group in groups):
        yield page.paragraph(
            "Where false matches are too few, the spread cannot be estimated: "
            f"{power.ASSUMED_SPREAD:g} is assumed, as `manage.py people_needed` does."
        )
    yield page.table(
        "People needed to show that a false match rate is not exceeded (95 %)",
        ("group", "people here", "spread", "1 %", "0.1 %", "0.01 %", "0.001 %"),
        [_needs(group) for group in groups],
    )


def _needs(group: Mapping[str, Any]) -> Sequence[str]:
    is_known = group["spread"] is not None
    spread = group["spread"] if is_known else power.ASSUMED_SPREAD
    shown = f"{spread:.1f}" if is_known else "not estimable"
    needs = [_needed(fmr, spread) for fmr in (1e-2, 1e-3, 1e-4, 1e-5)]
    return named(group["name"]), count(group["people"]), shown, *needs


def _needed(fmr: float, spread: float) -> str:
    try:
        return count(power.need(fmr, Aim.BOUND, spread=spread).people)
    except ValueError:
        return "more than can be had"


def _promised(groups: Sequence[Mapping[str, Any]]) -> list[float]:
    return sorted({each["promised"] for g in groups for each in g["promises"]}, reverse=True)


def _at(
    group: Mapping[str, Any], kind: str, promised: float, member: str = "promises"
) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(
        each
        for each in group[member]
        if each["calibration"] == kind and each["promised"] == promised
    )
    return found


def _ends(found: Sequence[float] | None) -> tuple[float | None, float | None]:
    return (found[0], found[1]) if found else (None, None)


def _near(points: Sequence[tuple[float, float]], fmr: float) -> float | None:
    """Return the FNMR of the nearest point; None where the curve does not reach."""
    if not points[0][0] <= fmr <= points[-1][0]:
        return None
    return min(points, key=lambda point: abs(point[0] / fmr - 1))[1]


def _times(factor: float) -> str:
    return f"{factor:.1f} times"
