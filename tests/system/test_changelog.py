"""CHANGELOG.md: each heading once in a release, as merges of parallel work may double them."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_each_heading_stands_once_in_a_release():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert releases
    for release in releases:
        headings = Counter(re.findall(r"^### (.+)$", release, flags=re.MULTILINE))
        assert set(headings) <= KINDS
        assert headings == Counter(set(headings)), release.split("\n", 1)[0]
