"""Lists by cursor: limited pages, and no harm by forged cursors."""

from base64 import b64encode
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from clients.models import Subject
from enrollment.models import EnrollmentSession
from tests.stage import problem

pytestmark = pytest.mark.django_db
URL = "/api/auth/enrollments/"


@pytest.fixture
def seven(api, stage):
    for number in range(7):
        api.open_enrollment(f"user-{number}")
    return api


def schema() -> dict[str, Any]:
    generated: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return generated


def users(answer) -> list[str]:
    return [row["user_id"] for row in answer.json()["results"]]


def test_pages_are_walked_to_their_end_and_back(seven):
    seen, url = [], f"{URL}?page_size=3"
    while url:
        answer = seven.http.get(url)
        seen.append(users(answer))
        url, before = answer.json()["next"], answer.json()["previous"]
    assert [len(page) for page in seen] == [3, 3, 1]
    assert sum(seen, []) == [f"user-{number}" for number in range(6, -1, -1)]  # noqa: RUF017
    assert users(seven.http.get(before)) == seen[1]


def test_a_page_does_not_shift_when_something_new_comes(seven):
    first = seven.http.get(f"{URL}?page_size=3")
    seven.open_enrollment("newest")
    assert users(seven.http.get(first.json()["next"])) == ["user-3", "user-2", "user-1"]


@pytest.mark.parametrize(
    "size", ["0", "-1", "abc", "", "1.5", "201", "9" * 30, "\x00", "٣", " 3", "+3"]
)
def test_a_page_size_that_is_none_is_refused_by_name(seven, size):
    body = problem(seven.http.get(URL, {"page_size": size}), 400, "validation_failed")
    assert body["errors"] == {
        "page_size": [{"code": "invalid", "message": "Send a whole number from 1 to 200."}]
    }


@pytest.mark.parametrize(("size", "shown"), [("1", 1), ("007", 7), ("200", 7)])
def test_a_page_size_within_its_limits(seven, size, shown):
    assert len(users(seven.http.get(URL, {"page_size": size}))) == shown


def test_the_schema_states_the_limits_of_a_page(api):
    listing = schema()["paths"][URL]["get"]
    (size,) = [each for each in listing["parameters"] if each["name"] == "page_size"]
    assert size["schema"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}


def test_a_page_has_two_hundred_at_most(api, stage):
    api.open_enrollment("alice")
    row = EnrollmentSession.objects.get()
    subject = Subject.objects.get()
    EnrollmentSession.objects.bulk_create(
        EnrollmentSession(
            client=api.client,
            subject=subject,
            status="pending",
            target_samples=3,
            token_digest=f"digest-{number}",
            created_at=row.created_at,
            expires_at=row.expires_at,
        )
        for number in range(210)
    )
    assert len(users(api.http.get(URL))) == 50
    assert len(users(api.http.get(f"{URL}?page_size=200"))) == 200


def cursor(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "value",
    [
        "garbage",
        "",
        "!!!!",
        "=",
        "AAAA",
        "%00",
        "ключ",
        "A" * 10_000,
        *map(
            cursor,
            [
                "p=1",
                "k=1",
                "p=abc&k=1",
                "p=1.5&k=1",
                "p=-1&k=1",
                f"p={'9' * 40}&k=1",
                f"p=1&k={'9' * 40}",
                "p=\x00&k=1",
                "p=1&k=x",
                "p=1&k=1&r=abc",
                "p=1&k=1&r=1&r=1",
                "p=1&k=1&o=5",
                "k=1&p=1",
                "p=1' OR '1'='1&k=1",
            ],
        ),
    ],
)
def test_a_cursor_that_nobody_gave_out_is_refused(seven, value):
    problem(seven.http.get(URL, {"cursor": value}), 404, "not_found")


def test_a_cursor_of_another_client_shows_nothing_of_it(seven, other):
    first = seven.http.get(f"{URL}?page_size=3")
    assert users(other.http.get(first.json()["next"])) == []
