"""docs/migrating.md names every field that the older APIs take."""

import re
from pathlib import Path

import pytest

from legacy.dialects import enroll_authentificate, facial_verification, liveness_accounts

GUIDE = Path(__file__).parents[2] / "docs/migrating.md"


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("POST /api/enroll?username=U", enroll_authentificate.Enroll),
        ("POST /api/authentificate?username=U", enroll_authentificate.Authentificate),
        ("POST /register/", facial_verification.Registration),
        ("DELETE /register/", facial_verification.Id),
        ("POST /verify/", facial_verification.Registration),
        ("POST /auth/register", liveness_accounts.Account),
        ("POST /auth/login", liveness_accounts.Login),
    ],
)
def test_the_table_of_calls(call, body):
    (row,) = re.findall(rf"^\| `{re.escape(call)}`(.*?) \|", GUIDE.read_text(), re.MULTILINE)
    assert set(body().get_fields()) <= set(re.findall(r"`(\w+)`", row))
