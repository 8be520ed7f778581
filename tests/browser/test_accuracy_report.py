"""The HTML report of `evaluate`, opened from a file as its readers do."""

from collections.abc import Iterator

import pytest

from faceplatform.evaluation.html import people
from tests.browser import accessibility
from tests.browser.visit import Visit
from tests.evaluation.reports import made_up_data

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Provide the report on one promise by one calibration: each kind of plot and table."""
    data = made_up_data()
    for group in data["promises"]:
        for member in ("promises", "sessions"):
            group[member] = [
                each
                for each in group[member]
                if each["promised"] == 1e-3 and each["calibration"] == "shipped"
            ]
    del data["calibrations"]["this site's"]
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(people.render(data), encoding="utf-8")
    return file.as_uri()


@pytest.fixture(params=["light", "dark"])
def visit(browser, address, request) -> Iterator[Visit]:
    context = browser.new_context(color_scheme=request.param, offline=True)
    visit = Visit(context.new_page())
    visit.page.goto(address)
    yield visit
    context.close()
    assert visit.complaints == []
    assert visit.requested == [address]


def test_it_is_accessible(visit):
    # Five, and one for each promise to people held out.
    assert visit.page.locator("figure svg").count() == 5 + 3
    assert accessibility.findings(visit.page, "html") == []


def test_it_fits_a_phone(visit):
    visit.page.set_viewport_size({"width": 360, "height": 740})
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 360
