"""Accessibility: axe-core's rules, applied to a page as its reader sees it.

axe-core comes from npm, in the version and with the digest of ``axe/package-lock.json``.
"""

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from django.conf import settings
from filelock import FileLock
from playwright.sync_api import Page

from tests.missing import missing

_LOCKED = Path(__file__).with_name("axe")
_SECONDS = 120
# The levels of WCAG, and what else axe-core is sure of.
_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # A good practice only: it wants visible text, and the label of Django's search is a picture
    # with an alternative text. WCAG's own rule on labels is applied.
    "rules": {"label-title-only": {"enabled": False}},
    "preload": False,
}
_GRAVE = ("serious", "critical")


@cache
def script() -> str:
    """Return axe-core. Skip the test if it is not there and may not be fetched."""
    folder = Path(settings.DATA_DIR) / "axe" / _version()
    file = folder / "node_modules" / "axe-core" / "axe.min.js"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / ".lock"):
        if not file.is_file():
            _fetch(folder)
    return file.read_text()


def findings(page: Page, within: str) -> list[str]:
    """Return the serious and critical findings on a page: rule, element, and what is wrong.

    Args:
        within: a selector of the part that is looked at.
    """
    page.evaluate(script())
    found = page.evaluate("([part, options]) => axe.run(part, options)", [within, _OPTIONS])
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:200]}\n{node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in _GRAVE
        for node in rule["nodes"]
    ]


def _version() -> str:
    packages = json.loads((_LOCKED / "package-lock.json").read_text())["packages"]
    return str(packages["node_modules/axe-core"]["version"])


def _fetch(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None or not os.environ.get("FACEPLATFORM_REQUIRE_SHARED"):
        missing("axe-core is fetched by npm, with FACEPLATFORM_REQUIRE_SHARED only")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_LOCKED / name, folder)
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    subprocess.run([npm, "ci", *quiet], cwd=folder, check=True, timeout=_SECONDS)
