"""The codes that programs may rely on are all in the documentation, and no others."""

import re
from pathlib import Path

import pytest

from webhooks.endpoint_url import UrlFault
from webhooks.http import Failure

DOCUMENT = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()


@pytest.mark.parametrize(("column", "codes"), [("reason", UrlFault), ("error", Failure)])
def test_every_code_is_documented(column, codes):
    (table,) = re.findall(rf"^\| `{column}` \| cause \|\n(.*?)\n\n", DOCUMENT, re.M | re.S)
    assert re.findall(r"^\| `(\w+)` \|", table, re.M) == [code.value for code in codes]
