"""The HTML report: whole in one file, well formed, escaped, and with a table beside each plot."""

import re
from html.parser import HTMLParser

import pytest

from faceplatform.evaluation.html import held_out, people, words
from tests.evaluation.reports import HOSTILE, made_up_data

_VOID = {"meta", "line", "polyline", "circle", "rect"}


class Outline(HTMLParser):
    """Collects elements, headings and texts; fails on an element that is not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.headings: list[str] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += attrs
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)
        if self._open and self._open[-1] in {"h1", "h2"}:
            self.headings.append(data)


@pytest.fixture(scope="module")
def data():
    return made_up_data()


@pytest.fixture(scope="module")
def text(data):
    return people.render(data)


@pytest.fixture(scope="module")
def outline(text):
    return Outline(text)


def test_it_needs_nothing_but_itself(text, outline):
    assert not {"script", "link", "img", "iframe", "object"} & set(outline.names)
    assert not [name for name, _ in outline.attributes if name in {"src", "srcset", "style"}]
    assert all(v.startswith("#") for k, v in outline.attributes if k == "href")
    assert not re.search(r"url\(|@import", text)
    assert "default-src 'none'" in text


def test_names_of_groups_are_text(outline):
    assert HOSTILE in "".join(outline.texts)
    assert "people <made> up" in outline.texts


def test_each_part_has_its_heading(outline):
    assert outline.headings == [
        "Error rates of made/up/0",
        "What was measured",
        "Who is taken for somebody else",
        "Missed people against false matches",
        "Whole authentications",
        "Promises to people held out",
        "Photographs that were refused",
        "How many people a promise needs",
        "What these figures do not say",
    ]


def test_each_plot_has_a_title_and_tables_have_captions(outline):
    plots = outline.names.count("svg")
    assert plots == outline.names.count("title") - 1
    # Rates at three promises, one trade-off, two for each promise and calibration, promises to
    # people held out, refusals.
    assert plots == 3 + 1 + 2 * 3 * 2 + 3 + 1
    assert outline.names.count("table") == outline.names.count("caption") >= plots // 2


def test_the_worst_group_is_in_the_first_lines(data, outline):
    rates = {
        group["name"]: row["fmr"]["rate"]
        for group in data["promises"]
        for row in group["promises"]
        if row["calibration"] == "shipped" and row["promised"] == 1e-3
    }
    worst = max(rates, key=rates.get) or "everybody"
    lead = [each for each in outline.texts if each.startswith("With shipped thresholds")]
    assert len(lead) == 1
    assert f"the worst group is {worst}" in lead[0]


def test_promises_to_people_held_out_stand_beside_their_actual_rates(outline):
    texts = outline.texts
    caption = "Promised 1 %: actual rate among people held out, by group"
    table = len(texts) - texts[::-1].index(caption)
    row = texts.index(HOSTILE, table)
    assert texts[row : row + 7] == [
        HOSTILE, "1 v 1", "2.50 %", "0.00 to 5.00 %", "2.50", "broken", "2.00 %",
    ]  # fmt: skip
    row = texts.index("men", table)
    assert texts[row + 5] == "kept"
    assert f"{HOSTILE}, identification among 20, templates of 3" in texts
    assert texts.count("too few people to tell") == 4


def test_the_first_lines_say_what_became_of_the_promises(data, outline):
    lead = [each for each in outline.texts if each.startswith("Thresholds made from half")]
    assert lead == [
        "Thresholds made from half of the people break 4 of 8 promises to the other half. The "
        f"worst: {HOSTILE}, 1 v 1, 2.5 times the promised 1 %."
    ]
    promises = [{**each, "broken": False} for each in data["held_out"]["promises"]]
    (kept,) = held_out.lead(promises)
    assert "in all 8 cases" in kept
    assert not list(held_out.lead([{**each, "telling": False} for each in promises]))


def test_people_too_few_to_hold_out_are_said(data):
    withheld = {"draws": 3, "withheld": "group 'a': few", "promises": [], "left_out": []}
    texts = Outline(people.render({**data, "held_out": withheld})).texts
    assert "Half of the people are too few: group 'a': few." in texts


def _needs(data, spread):
    """Return the row of everybody in the table of the people that promises need."""
    groups = [{**group, "spread": spread} for group in data["promises"]]
    texts = Outline(people.render({**data, "promises": groups})).texts
    caption = "People needed to show that a false match rate is not exceeded (95 %)"
    row = texts.index("everybody", texts.index(caption))
    return texts[row + 2 : row + 7], texts


def test_people_needed_follow_the_spread_that_was_measured(data):
    row, texts = _needs(data, 0.0)
    assert row == ["0.0", "25", "78", "246", "775"]
    assert not any("cannot be estimated" in each for each in texts)


def test_a_spread_that_cannot_be_estimated_is_not_shown_as_measured(data):
    """The numbers of people are then those of `manage.py people_needed`."""
    row, texts = _needs(data, None)
    assert row == ["not estimable", "42", "93", "260", "789"]
    assert any("cannot be estimated" in each and "1.5 is assumed" in each for each in texts)


def test_refusals_are_counted_by_group_and_reason(outline):
    texts = outline.texts
    assert "Photographs refused" in texts
    row = texts.index("everybody", texts.index("Photographs refused"))
    assert texts[row : row + 3] == ["everybody", "300", "6.67 %"]


def test_groups_without_sessions_are_named(data):
    few = [{**group, "sessions": []} for group in data["promises"]]
    found = Outline(people.render({**data, "promises": few}))
    assert any("fewer than two people have the six photographs" in each for each in found.texts)


def test_nothing_refused_is_said(data):
    found = Outline(people.render({**data, "acquisition": []}))
    assert "No photograph was refused." in found.texts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not known"),
        (0, "0.00 %"),
        (1, "100.00 %"),
        (0.0123, "1.23 %"),
        (0.00123, "0.12 %"),
        (0.0000456, "0.0046 %"),
    ],
)
def test_shares_have_the_digits_that_count(value, text):
    assert words.share(value) == text


def test_an_interval_names_its_unit_once():
    assert words.interval((0.001, 0.02)) == "0.10 to 2.00 %"
    assert words.with_interval(0.01, (0.001, 0.02)) == "1.00 % (0.10 to 2.00)"
    assert words.with_interval(0.01, None) == "1.00 %"


def test_long_names_are_cut():
    assert len(words.named("x" * 500)) == 60
