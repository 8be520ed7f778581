"""The report on running services, from the data of `manage.py evaluate_production --json`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from faceplatform.evaluation.html import page
from faceplatform.evaluation.html.page import Section
from faceplatform.evaluation.html.people import rate_sections
from faceplatform.evaluation.html.words import count, share

_LIMITS = (
    "Nobody labels the comparisons of a service: a refused verification may be a person who was "
    "missed or an impostor. The expected share holds if all were genuine.",
    "False matches cannot be seen in a service's scores at all. Kept pictures show them, if they "
    "are there.",
    "Kept pictures of a person come from one enrollment, a minute apart. They say how often people "
    "are confused; people are missed more often than with them after months.",
    "Users without a recorded consent are in no figure but the number of sessions that were left "
    "out. Users who consent may differ from the others.",
    "Scores are those of the days for which single sessions are kept.",
)


def render(data: Mapping[str, Any]) -> str:
    """Return the report as the text of an HTML file: numbers and names of clients."""
    sections = []
    for number, client in enumerate(data["clients"], start=1):
        of = f", {client['client']}"
        sections += [
            Section(f"c{number}-scores", f"Similarities{of}", [*_scores(client)]),
            *_pictures(client, f"c{number}-", of),
        ]
    sections.append(Section("limits", "What these figures do not say", [page.bullets(_LIMITS)]))
    lead = [page.paragraph(f"Sessions from {data['since']} to {data['until']}. {data['model']}")]
    return page.document("Error rates in production", lead, sections)


def left_out(client: Mapping[str, Any]) -> str:
    """Return the number of compared sessions that were left out, or why it is withheld."""
    if client["left_out_withheld"]:
        return str(client["left_out_withheld"])
    return f"{count(client['left_out'])} compared sessions"


def _scores(client: Mapping[str, Any]) -> Iterator[str]:
    yield page.paragraph(
        "Sessions of users with a recorded consent, which are kept for "
        f"{count(client['days_kept'])} days. Left out, without a recorded consent: "
        f"{left_out(client)}."
    )
    if client["scores_withheld"]:
        yield page.paragraph(client["scores_withheld"])
        return
    yield page.table(
        "Comparisons, and what the calibration lets expect",
        (
            *("sessions", "compared", "refused", "expected"),
            *("mean similarity", "expected", "stability index"),
        ),
        [_row(series) for series in client["scores"]],
    )


def _row(series: Mapping[str, Any]) -> Sequence[str]:
    name = f"{series['session_type']}, {series['capture_type']}, {series['source']}"
    if series["withheld"]:
        return (name, series["withheld"], *[""] * 5)
    return (
        name,
        count(series["values"]),
        share(series["refused_share"]),
        share(series["expected_refused_share"]),
        f"{series['similarity']:.2f}",
        f"{series['expected_similarity']:.2f}",
        f"{series['expected_psi']:.2f}" + (" (below)" if series["is_below"] else ""),
    )


def _pictures(client: Mapping[str, Any], prefix: str, of: str) -> list[Section]:
    pictures = client["pictures"]
    if client["pictures_withheld"]:
        parts = [page.paragraph(client["pictures_withheld"])]
        return [Section(f"{prefix}pictures", f"Kept pictures{of}", parts)]
    refused = sum(pictures["failures"].values())
    text = (
        f"{count(pictures['pictures'])} pictures of {count(pictures['people'])} people with a "
        f"recorded consent; {count(refused)} further ones could not be measured."
    )
    return [
        Section(f"{prefix}pictures", f"Kept pictures{of}", [page.paragraph(text)]),
        *rate_sections(pictures["promises"], list(pictures["calibrations"]), prefix=prefix, of=of),
    ]
