"""Lists that callers filter and order, over a list of users made for the test."""

from base64 import b64encode
from urllib.parse import urlencode

import pytest
from django.urls import path
from django.utils import timezone
from rest_framework import serializers

from clients.models import Subject
from faceplatform.api.callers import client_of
from faceplatform.api.lists import Filters, ListView
from tests.stage import problem

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class _Filters(Filters):
    class Meta(Filters.Meta):
        model = Subject
        fields = ["is_active"]


class _Row(serializers.ModelSerializer):
    class Meta:
        model = Subject
        fields = ["user_id"]


class _Users(ListView):
    queryset = Subject.objects.none()
    serializer_class = _Row
    filterset_class = _Filters
    ordering_fields = ("created_at", "user_id")

    def get(self, request):
        return self.listed(Subject.objects.filter(client=client_of(request).pk), request)


urlpatterns = [path("users/", _Users.as_view())]
handler404 = "faceplatform.api.problems.not_found"


@pytest.fixture
def five(api, other):
    for name in "cabed":
        Subject.objects.create(client=api.client, user_id=name, is_active=name != "b")
    Subject.objects.create(client=other.client, user_id="foreign")
    return api


def pages(api, **query) -> list[list[str]]:
    seen, url = [], "/users/"
    while url:
        body = api.http.get(url, query).json()
        seen.append([row["user_id"] for row in body["results"]])
        url, query = body["next"], {}
    return seen


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "debac"),
        ({"ordering": "created_at"}, "cabed"),
        ({"ordering": "user_id"}, "abcde"),
        ({"ordering": "-user_id", "page_size": 2}, "edcba"),
        ({"ordering": "created_at", "page_size": 1}, "cabed"),
        ({"is_active": "true", "ordering": "user_id"}, "acde"),
        ({"is_active": "false"}, "b"),
    ],
)
def test_the_order_and_the_filters_hold_over_all_pages(five, query, expected):
    walked = pages(five, **query)
    assert "".join(name for page in walked for name in page) == expected
    assert all(len(page) <= query.get("page_size", 50) for page in walked)


@pytest.mark.parametrize("ordering", ["created_at", "-created_at"])
def test_many_rows_of_one_value_are_walked_to_their_end_and_back(api, ordering):
    rows = [Subject(client=api.client, user_id=f"user-{number:04}") for number in range(1050)]
    Subject.objects.bulk_create(rows)
    Subject.objects.update(created_at=timezone.now())
    walked = pages(api, ordering=ordering, page_size=200)
    expected = sorted((row.user_id for row in rows), reverse=ordering.startswith("-"))
    assert [name for page in walked for name in page] == expected

    seen, url, query = [], "/users/", {"ordering": ordering, "page_size": 200}
    while url:
        body = api.http.get(url, query).json()
        last, url, query = body, body["next"], {}
    while url := last["previous"]:
        last = api.http.get(url).json()
        seen.insert(0, [row["user_id"] for row in last["results"]])
    assert seen == walked[:-1]


@pytest.mark.parametrize(
    "query",
    [
        {"ordering": "is_active"},
        {"ordering": ""},
        {"ordering": "client__name"},
        {"is_active": "perhaps"},
        {"is_active": "1"},
        {"is_active": ""},
        {"is_actve": "true"},
        {"page_size": "1000"},
        {"ordering": ["user_id", "-user_id"]},
    ],
)
def test_other_filters_and_orders_are_refused_by_name(five, query):
    body = problem(five.http.get("/users/", query), 400, "validation_failed")
    assert list(body["errors"]) == list(query)


@pytest.mark.parametrize(
    "position", ["x", "", "9" * 400, "2026-13-01", "\x00", "0001-01-01 00:00:00+14:00"]
)
@pytest.mark.parametrize("ordering", ["-created_at", "user_id"])
def test_a_forged_position_does_no_harm(five, position, ordering):
    cursor = b64encode(urlencode({"p": position, "k": 1}).encode()).decode()
    answer = five.http.get("/users/", {"cursor": cursor, "ordering": ordering})
    assert answer.status_code in {200, 404}
    assert "foreign" not in answer.content.decode()
