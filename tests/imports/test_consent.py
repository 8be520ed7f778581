"""CSV files that record consent."""

import pytest

from clients.models import Subject
from imports.models import ImportItem
from tests.imports.importing import archive, imported, start, table
from tests.stage import problem

pytestmark = pytest.mark.django_db

HEADER = ("user_id", "consent_given_at", "consent_text_version", "consent_source")
GIVEN = ("2026-01-02T03:04:05+01:00", "v3", "app")


def test_users_with_consent_are_created_and_can_then_be_enrolled(make_api, stage):
    api = make_api(require_consent=True)
    people = table(("ada", *GIVEN), ("bob", "", "", ""), header=HEADER)
    assert imported(api, people) == {"ada": ("created", "created"), "bob": ("created", "created")}
    ada = api.http.get("/api/clients/users/ada/").json()
    assert ada["consent"] == {
        "given_at": "2026-01-02T02:04:05Z",
        "text_version": "v3",
        "source": "app",
    }
    assert Subject.objects.get(user_id="bob").consent_given_at is None
    faces = archive({"ada/1.jpg": stage.frame("ada"), "bob/1.jpg": stage.frame("bob")})
    assert imported(api, faces) == {
        "ada": ("enrolled", "enrolled"),
        "bob": ("refused", "consent_required"),
    }


@pytest.mark.parametrize(
    "consent",
    [
        ("", "v3", "app"),
        ("2026-01-02T03:04:05Z", "", "app"),
        ("2026-01-02T03:04:05Z", "v3", ""),
        ("yesterday", "v3", "app"),
        ("2199-01-01T00:00:00Z", "v3", "app"),
        ("2026-01-02T03:04:05Z", "v" * 101, "app"),
    ],
)
def test_consent_is_checked_as_in_the_api(api, consent):
    assert imported(api, table(("ada", *consent), header=HEADER)) == {
        "ada": ("refused", "consent_invalid")
    }
    assert not Subject.objects.exists()


def test_the_columns_come_together(api):
    answer = start(api, table(("ada", "v3"), header=("user_id", "consent_text_version")))
    problem(answer, 400, "import_csv_invalid")


def test_erasure_removes_the_consent_of_items(api):
    imported(api, table(("ada", *GIVEN), header=HEADER))
    assert ImportItem.objects.get().consent
    api.http.delete("/api/clients/users/ada/")
    assert ImportItem.objects.get().consent == {}
