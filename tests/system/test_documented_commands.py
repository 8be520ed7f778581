"""docs/operations.md lists every command of the product."""

import re
from pathlib import Path

from tests.packages import PACKAGES

ROOT = Path(__file__).resolve().parents[2]


def test_the_table_lists_all():
    operations = (ROOT / "docs/operations.md").read_text()
    table = operations.split("\n## Commands\n")[1].split("\n## ")[0]
    listed = {
        command
        for row in table.splitlines()
        for command in re.findall(r"`([a-z_]+)", row.split(" | ")[0])
    }
    commands = {
        path.stem
        for package in PACKAGES
        for path in (ROOT / package).rglob("management/commands/[a-z]*.py")
    }
    assert listed - {"manage"} == commands | {"createsuperuser"}
