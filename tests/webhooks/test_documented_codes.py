"""The codes that programs may rely on are all in the documentation, and no others."""

import re
from pathlib import Path

import pytest

from analytics import drift_alerts
from webhooks.endpoint_url import UrlFault
from webhooks.http import Failure

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "webhooks.md").read_text()


def documented(heading: str) -> list[str]:
    """Return the codes in the first column of the table with this heading."""
    (table,) = re.findall(rf"^\| {heading} \|\n(.*?)\n\n", DOCUMENT, re.M | re.S)
    return re.findall(r"^\| `(\w+)` \|", table, re.M)


@pytest.mark.parametrize(("column", "codes"), [("reason", UrlFault), ("error", Failure)])
def test_every_code_is_documented(column, codes):
    assert documented(f"`{column}` \\| cause") == [code.value for code in codes]


def test_every_alert_is_documented():
    """Those that the apps publish, each as a word of its own in the code."""
    written = {drift_alerts.CODE, drift_alerts.BELOW_CODE}
    for app in ("analytics", "audit", "authentication", "clients", "enrollment"):
        for source in (ROOT / app).rglob("*.py"):
            written |= set(re.findall(r'\balert="(\w+)"', source.read_text()))
    assert len(written) > 3
    assert set(documented("`alert` \\| sent when")) == written
