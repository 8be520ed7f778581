"""Each number is defined once: the table in the document is that of the schema's help texts."""

import re
from pathlib import Path

from analytics.definitions import DEFINITIONS
from enrollment import quality_reports
from faceplatform.api.schema_documents import MainGenerator

ROOT = Path(__file__).resolve().parents[2]
ROWS = re.findall(
    r"^\| `(\w+)` \| (.*) \|$",
    (ROOT / "docs/analytics.md").read_text().partition("## Definitions")[2],
    re.MULTILINE,
)


def test_the_document_has_every_definition():
    assert dict(ROWS) == DEFINITIONS


def test_the_schema_uses_every_definition():
    schema = str(MainGenerator().get_schema(public=True))
    unused = [name for name, text in DEFINITIONS.items() if repr(text)[1:-1] not in schema]
    assert unused == []


def test_the_bounds_of_templates_are_as_defined():
    assert f"below {quality_reports.WEAK_BELOW}" in DEFINITIONS["weak"]
    assert f"than {quality_reports.OLD_AFTER.days} days" in DEFINITIONS["old"]
