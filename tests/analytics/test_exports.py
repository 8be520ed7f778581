"""Exports: the rows of the list as CSV and JSON Lines, in constant memory."""

import csv
import json
import tracemalloc
from datetime import timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.cache import cache

from analytics import exporting
from analytics.models import AlertRecord, SessionFact
from clients.models import Subject
from faceplatform.api import exports
from tests.analytics.histories import START, fact
from tests.stage import problem

pytestmark = pytest.mark.django_db
URL = "/api/analytics/auth-logs/"


def content(api, url: str = URL, **query) -> str:
    answer = api.http.get(f"{url}export/", query)
    assert answer.status_code == 200, answer.content
    body = b"".join(answer.streaming_content)
    assert int(answer["Content-Length"]) == len(body)
    return body.decode()


def json_lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def five(api):
    """Five sessions, two of them at the same moment."""
    alice = Subject.objects.create(client=api.client, user_id="alice")
    for hour in (0, 1, 1, 2, 3):
        fact(api.client, subject=alice, ended_at=START + timedelta(hours=hour)).save()
    return api


def test_json_lines_are_the_rows_of_the_list(five, monkeypatch):
    monkeypatch.setattr(exporting, "_AT_ONCE", 2)  # several pages
    assert json_lines(content(five, file_type="jsonl")) == five.http.get(URL).json()["results"]


def test_csv_is_the_default(five):
    answer = five.http.get(f"{URL}export/")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="auth-logs.csv"'
    rows = list(csv.DictReader(StringIO(content(five))))
    listed = five.http.get(URL).json()["results"]
    assert [row["id"] for row in rows] == [row["id"] for row in listed]
    assert rows[0]["ended_at"] == listed[0]["ended_at"]
    assert rows[0]["liveness_verified"] == "false"
    assert rows[0]["liveness_score"] == ""
    assert json.loads(rows[0]["stage_milliseconds"]) == listed[0]["stage_milliseconds"]


def test_the_filters_of_the_list(five):
    moment = (START + timedelta(hours=1)).isoformat()
    for bound, found in {"ended_after": 4, "ended_before": 1}.items():
        query = {bound: moment, "file_type": "jsonl"}
        assert len(json_lines(content(five, **query))) == found
    problem(five.http.get(f"{URL}export/", {"outcome": "odd"}), 400, "validation_failed")
    problem(five.http.get(f"{URL}export/", {"file_type": "xlsx"}), 400, "validation_failed")
    problem(five.http.get(f"{URL}export/", {"ordering": "ended_at"}), 400, "validation_failed")


def test_a_semicolon_begins_no_cell(api):
    """Some spreadsheets part cells there, and `=1+1` would be a formula."""
    user = Subject.objects.create(client=api.client, user_id="x;=1+1")
    fact(api.client, subject=user).save()
    assert '"x;=1+1"' in content(api)


@pytest.mark.parametrize("accept", ["text/csv", "application/jsonl", "text/*", "text/html"])
@pytest.mark.parametrize("url", ["auth-logs", "security-alerts", "data-quality"])
def test_a_caller_may_accept_its_type_only(five, url, accept):
    """Swagger UI and generated clients send the type that the document names."""
    answer = five.http.get(f"/api/analytics/{url}/export/", HTTP_ACCEPT=accept)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    refused = five.http.get(f"/api/analytics/{url}/export/", {"format": "csv"}, HTTP_ACCEPT=accept)
    assert problem(refused, 400, "validation_failed")["errors"].keys() == {"format"}


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "'"])
def test_a_user_id_that_a_spreadsheet_would_run(api, sign):
    name = f'{sign}HYPERLINK("http://evil.example","x")'
    user = Subject.objects.create(client=api.client, user_id=name)
    fact(api.client, subject=user).save()
    (row,) = csv.DictReader(StringIO(content(api)))
    assert row["user_id"] == f"'{name}"
    (told,) = json_lines(content(api, file_type="jsonl"))
    assert told["user_id"] == name


def test_a_file_has_so_many_rows_and_no_more(five, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_ROWS", 5)
    assert len(json_lines(content(five, file_type="jsonl"))) == 5
    monkeypatch.setattr(exporting, "MOST_ROWS", 4)
    problem(five.http.get(f"{URL}export/"), 400, "export_too_large")


def test_another_clients_rows(five, other):
    assert json_lines(content(other, file_type="jsonl")) == []
    assert content(other).splitlines() == [content(five).splitlines()[0]]


@pytest.mark.parametrize(
    "resolved",
    [{}, {"is_resolved": True}, {"is_resolved": True, "resolved_by": UUID(int=7)}],
)
def test_alerts(api, resolved):
    AlertRecord.objects.create(
        client=api.client,
        alert="address_locked",
        detail={"failures": 50},
        raised_at=START,
        **resolved,
    )
    url = "/api/analytics/security-alerts/"
    assert json_lines(content(api, url, file_type="jsonl")) == api.http.get(url).json()["results"]


def test_one_at_a_time_for_a_client(five, other):
    with exports.turns.held(five.client.pk):
        told = five.http.get(f"{URL}export/")
        problem(told, 429, "export_in_progress")
        assert told["Retry-After"] == "5"
        content(other)
    content(five)


def test_two_at_a_time_in_a_process(five):
    with exports.turns.held(-1), exports.turns.held(-2):
        told = five.http.get(f"{URL}export/")
    problem(told, 503, "exports_busy")
    assert told["Retry-After"] == "5"
    content(five)


def test_a_temporary_folder_that_is_full(five, monkeypatch):
    full = open("/dev/full", "r+b")  # noqa: SIM115  (the export closes it)
    monkeypatch.setattr(exports, "TemporaryFile", lambda: full)
    problem(five.http.get(f"{URL}export/"), 503, "exports_busy")


def test_a_turn_that_outlives_its_claim_leaves_the_next_one_alone(api):
    first = exports.turns.held(api.client.pk)
    first.__enter__()
    cache.clear()  # as at the end of its lifetime
    with exports.turns.held(api.client.pk):
        first.__exit__(None, None, None)
        problem(api.http.get(f"{URL}export/"), 429, "export_in_progress")


def test_memory_does_not_grow_with_the_rows(api):
    def peak(rows: int) -> int:
        SessionFact.objects.all().delete()
        for _ in range(rows // 1000):
            SessionFact.objects.bulk_create(fact(api.client) for _ in range(1000))
        tracemalloc.start()
        try:
            exporting.export(
                SessionFact.objects.all(),
                {"id": "public_id", "reason": "reason"},
                order="ended_at",
                file_type="csv",
            ).close()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1000)  # what is loaded once
    assert peak(8000) < 1.5 * peak(2000)
