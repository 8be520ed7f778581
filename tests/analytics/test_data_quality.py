"""The quality of templates: whom to enroll again, and why."""

import csv
import json
from datetime import timedelta
from io import StringIO

import pytest
from django.utils import timezone

from enrollment.models import FaceTemplate
from tests.stage import problem

pytestmark = pytest.mark.django_db
URL = "/api/analytics/data-quality/"


@pytest.fixture
def three(api, stage):
    """A good template, a weak one of one frame, and an old one."""
    api.enroll(stage, "good")
    api.enroll(stage, "weak", frames=1)
    api.enroll(stage, "old")
    FaceTemplate.objects.update(quality=0.9)
    FaceTemplate.objects.filter(subject__user_id="weak").update(quality=0.5)
    made = timezone.now() - timedelta(days=731)
    FaceTemplate.objects.filter(subject__user_id="old").update(quality=0.8, created_at=made)
    return api


def users(api, **query) -> list[str]:
    answer = api.http.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [row["user_id"] for row in answer.json()["results"]]


def test_the_weakest_first(three):
    assert users(three) == users(three, ordering="quality") == ["weak", "old", "good"]
    assert users(three, ordering="created_at")[0] == "old"
    weak, old, good = three.http.get(URL, {"ordering": "quality"}).json()["results"]
    assert weak["issues"] == ["weak", "single_frame"]
    assert len(weak["advice"]) == 2
    assert (weak["sample_count"], weak["quality"]) == (1, 0.5)
    assert old["issues"] == ["old"]
    assert (good["issues"], good["advice"]) == ([], [])


@pytest.mark.parametrize(
    ("issue", "found"), [("weak", ["weak"]), ("single_frame", ["weak"]), ("old", ["old"])]
)
def test_those_with_an_issue(three, issue, found):
    assert users(three, issue=issue) == found


def test_pages(three):
    first = three.http.get(URL, {"ordering": "quality", "page_size": 2}).json()
    second = three.http.get(first["next"]).json()
    names = [row["user_id"] for row in first["results"] + second["results"]]
    assert names == ["weak", "old", "good"]


def test_a_misspelled_issue(api):
    problem(api.http.get(URL, {"issue": "blurred"}), 400, "validation_failed")


def test_another_clients_templates(three, other):
    assert users(other) == []


def test_an_export_has_no_vector(three):
    answer = three.http.get(f"{URL}export/", {"file_type": "jsonl", "issue": "old"})
    (row,) = map(json.loads, b"".join(answer.streaming_content).splitlines())
    assert set(row) == {
        "user_id",
        "enrollment_id",
        "quality",
        "sample_count",
        "liveness_verified",
        "model",
        "created_at",
        "issues",
    }
    assert (row["user_id"], row["issues"]) == ("old", ["old"])


def test_an_export_has_issues_in_a_cell(three):
    answer = three.http.get(f"{URL}export/", {"issue": "weak"})
    (row,) = csv.DictReader(StringIO(b"".join(answer.streaming_content).decode()))
    assert row["issues"] == "weak single_frame"


def test_a_longer_list_takes_no_more_queries(api, stage, django_assert_num_queries):
    for number in range(1, 4):
        api.enroll(stage, f"user {number}", frames=1)
        with django_assert_num_queries(2):  # the caller's credential, the page
            assert len(users(api)) == number
