"""Installed packages run on every Python that the README names, from its first release on."""

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[2]
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


PINNED = {
    canonical(name) for name in _PINNED.findall((ROOT / "requirements/constraints.txt").read_text())
}
INSTALLED = {
    canonical(found.name): SpecifierSet(found.metadata["Requires-Python"] or "")
    for found in distributions()
    if canonical(found.name) in PINNED
}


@pytest.mark.parametrize("python", ["3.11.0", "3.12.0", "3.13.0"])
def test_every_pinned_package_installs(python):
    assert "django" in INSTALLED
    assert [name for name, admits in INSTALLED.items() if not admits.contains(python)] == []
