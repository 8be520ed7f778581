"""docs/glossary.md names classes, files and fields that exist."""

import re
from pathlib import Path

from tests.packages import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = (ROOT / "docs/glossary.md").read_text()
SOURCES = "\n".join(
    path.read_text() for package in PACKAGES for path in (ROOT / package).rglob("*.py")
)
NAMED = set(re.findall(r"`([^`]+)`", GLOSSARY))


def test_classes():
    classes = {name for name in NAMED if re.fullmatch(r"[A-Z][a-z]+([A-Z]?[a-z]+)*", name)}
    assert len(classes) > 20
    defined = set(re.findall(r"^(?:class (\w+)|(\w+) = )", SOURCES, re.MULTILINE))
    known = {name for pair in defined for name in pair}
    assert classes - known == {"User"}  # Django's


def test_files():
    files = {name for name in NAMED if "/" in name and re.fullmatch(r"[\w/]+(\.py|/)", name)}
    assert files
    places = [ROOT, ROOT / "faceplatform"]
    missing = {file for file in files if not any((place / file).exists() for place in places)}
    assert missing == {"/admin/"}


def test_fields():
    fields = {name for name in NAMED if re.fullmatch(r"[a-z]+(_[a-z]+)+", name)}
    assert len(fields) > 15
    assert {name for name in fields if not re.search(rf"\b{name}\b", SOURCES)} == set()
