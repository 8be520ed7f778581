"""Usage by day and operation: counted without a statement, written together, read by its client."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients import usage
from clients.models import UsageDay
from faceplatform.errors import EngineBusy
from tests.legacy.caller import Caller
from tests.stage import browser, limit, problem, upload

pytestmark = pytest.mark.django_db
URL = "/api/clients/usage/"
FRAME = "POST /api/auth/process-image/"
OPEN = "POST /api/auth/enrollment/"


@pytest.fixture(autouse=True)
def nothing_counted_before():
    usage.flush()
    UsageDay.objects.all().delete()
    yield
    usage._tally.clear()


@pytest.fixture
def at(monkeypatch):
    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return set_clock


def read(api, **filters) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    answer = api.http.get(URL, filters)
    assert answer.status_code == 200, answer.content
    return {
        (row["day"], row["operation"]): (
            row["calls"],
            row["refused"],
            row["frames"],
            row["frames_accepted"],
        )
        for row in answer.json()["results"]
    }


def test_calls_and_frames(api, other, stage):
    token = api.enrollment_token()
    api.post_frame(token, stage.frame())
    api.post_frame(token, stage.frame(faces=0))
    problem(api.post_frame(token, b"no image"), 400, "image_unreadable")
    problem(api.open_enrollment(""), 400, "validation_failed")
    other.enrollment_token()
    today = datetime.now(UTC).date().isoformat()
    assert read(api) == {(today, OPEN): (2, 1, 0, 0), (today, FRAME): (3, 1, 3, 1)}
    assert read(other) == {(today, OPEN): (1, 0, 0, 0)}


def test_frames_of_browsers_and_of_the_older_apis(api, stage, settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": api.client.name}
    settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset({"003"})
    holder = browser(api.enrollment_token())
    body = {"image": upload(stage.frame())}
    holder.post("/api/auth/sessions/current/frames/", body, format="multipart")
    files = {"image": stage.frame("bob")}
    Caller().call("POST /register/", form={"id": "bob"}, files=files)
    counts = {operation: row for (_, operation), row in read(api).items()}
    assert counts["POST /api/auth/sessions/current/frames/"] == (1, 0, 1, 1)
    assert counts["POST /register/"] == (1, 0, 1, 1)


def test_what_was_throttled_was_called(api):
    limit(api, calls_per_minute=1)
    for _ in range(3):
        api.http.get("/api/auth/enrollments/")
    usage.flush()
    row = UsageDay.objects.get()
    assert (row.operation, row.calls, row.refused) == ("GET /api/auth/enrollments/", 3, 2)
    assert (row.throttled, row.unavailable) == (2, 0)


def test_what_was_refused_for_want_of_room_was_called(api, stage):
    token = api.enrollment_token()

    def busy() -> None:
        raise EngineBusy(retry_after=1)

    stage.meanwhile = busy
    problem(api.post_frame(token, stage.frame()), 503, "engine_busy")
    usage.flush()
    row = UsageDay.objects.get(operation=FRAME)
    assert (row.calls, row.refused, row.throttled, row.unavailable) == (1, 1, 0, 1)


def test_a_frame_counts_though_its_session_ended_while_it_was_measured(api, stage):
    token = api.enrollment_token()
    stage.meanwhile = lambda: api.cancel(token)
    problem(api.post_frame(token, stage.frame()), 409, "session_finished")
    counts = {operation: row for (_, operation), row in read(api).items()}
    assert counts[FRAME] == (1, 1, 1, 0)


def test_paths_name_no_token(api):
    api.session(api.enrollment_token())
    usage.flush()
    operations = set(UsageDay.objects.values_list("operation", flat=True))
    assert operations == {OPEN, "GET /api/auth/sessions/{session_token}/"}


def test_strangers_are_nobodys_usage(db):
    browser("enr_" + "x" * 43).get("/api/auth/enrollments/")
    usage.flush()
    assert not UsageDay.objects.exists()


def test_a_day_is_one_of_the_clients_time_zone(api, other, at):
    at(datetime(2026, 11, 27, 23, 30, tzinfo=UTC))
    api.client.time_zone = "Europe/Paris"
    api.client.save(update_fields=["time_zone"])
    for each in (api, other):
        each.http.get("/api/auth/enrollments/")
    usage.flush()
    days = dict(UsageDay.objects.values_list("client__name", "day"))
    assert days == {"acme": date(2026, 11, 28), "globex": date(2026, 11, 27)}


def test_a_call_costs_no_statement(api):
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            api.http.get("/api/core/status/")
        return sum("usage" in query["sql"].lower() for query in captured)

    assert statements() == 0


def test_writes_add_up(api):
    for _ in range(3):
        api.http.get("/api/auth/enrollments/")
        usage.flush()
    usage.flush()
    assert UsageDay.objects.get().calls == 3


def test_a_database_that_fails_loses_nothing(api, monkeypatch):
    api.http.get("/api/auth/enrollments/")
    write = usage._tally._write

    def away(taken):
        raise OperationalError(2006, "gone")

    monkeypatch.setattr(usage._tally, "_write", away)
    problem(api.http.get(URL), 503, "storage_unavailable")
    monkeypatch.setattr(usage._tally, "_write", write)
    usage.flush()
    assert UsageDay.objects.get(operation="GET /api/auth/enrollments/").calls == 1
    assert UsageDay.objects.get(operation=f"GET {URL}").refused == 1


def test_a_client_that_was_deleted_meanwhile_has_no_usage(api, other):
    for each in (api, other):
        each.http.get("/api/auth/enrollments/")
    api.client.credentials.all().delete()
    api.client.delete()
    usage.flush()
    assert UsageDay.objects.get().client == other.client


@pytest.fixture
def days(api):
    """Create a day of usage for each of 400 days."""
    today = datetime.now(UTC).date()
    UsageDay.objects.bulk_create(
        UsageDay(client=api.client, day=today - timedelta(days=n), operation=OPEN, calls=n)
        for n in range(400)
    )
    return today


def shown(api, **filters) -> list[int]:
    return [row["calls"] for row in api.http.get(URL, filters).json()["results"]]


def test_the_last_thirty_days_newest_first(api, days):
    assert shown(api) == list(range(30))
    assert shown(api, ordering="day", operation=OPEN) == [*reversed(range(30))]


def test_filters(api, days):
    first = (days - timedelta(days=200)).isoformat()
    last = (days - timedelta(days=198)).isoformat()
    assert shown(api, **{"from": first, "to": last}) == [198, 199, 200]
    assert shown(api, **{"from": first, "to": last, "operation": FRAME}) == []
    assert len(shown(api, to=last, page_size=200)) == 30


def test_pages(api, days):
    first = api.http.get(URL, {"page_size": 20}).json()
    assert len(first["results"]) == 20
    second = api.http.get(first["next"]).json()
    assert [row["calls"] for row in second["results"]] == list(range(20, 30))


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "yesterday"},
        {"from": "2026-13-01"},
        {"to": "11/28/2026"},
        {"from": "2025-01-01", "to": "2026-01-02"},
        {"from": "2026-01-02", "to": "2026-01-01"},
        {"from": "0001-01-01"},
        {"operation": "x" * 201},
        {"form": "2026-01-01"},
    ],
    ids=str,
)
def test_unusable_filters(api, wrong):
    problem(api.http.get(URL, wrong), 400, "validation_failed")


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("POST /api/auth/enrolment/", " Did you mean POST /api/auth/enrollment/?"),
        ("enrollment_open", ""),
        ("DELETE /api/auth/enrollment/", " Did you mean "),
    ],
)
def test_an_unknown_operation_is_refused_with_a_suggestion(api, wrong, meant):
    body = problem(api.http.get(URL, {"operation": wrong}), 400, "validation_failed")
    (fault,) = body["errors"]["operation"]
    assert fault["code"] == "invalid_choice"
    assert fault["message"].startswith(f"There is no such operation.{meant}")


@pytest.mark.parametrize(
    "operation", ["HEAD /api/clients/usage/", "POST /api/clients/users/import/"]
)
def test_an_operation_that_was_not_called_yet_is_an_empty_list(api, operation):
    assert shown(api, operation=operation) == []


def test_an_operation_of_an_earlier_release_is_found(api, other):
    today = timezone.now().date()
    UsageDay.objects.create(client=api.client, day=today, operation="GET /old/", calls=3)
    assert shown(api, operation="GET /old/") == [3]
    problem(other.http.get(URL, {"operation": "GET /old/"}), 400, "validation_failed")


@pytest.mark.parametrize("edge", [{"to": "0001-01-01"}, {"to": "9999-12-31"}])
def test_the_edges_of_time(api, edge):
    assert shown(api, **edge) == []


def test_366_days_are_allowed(api, days):
    first = (days - timedelta(days=365)).isoformat()
    assert len(shown(api, **{"from": first, "page_size": 200})) == 200


def test_old_days_are_removed(api, days, settings):
    settings.FACEPLATFORM_USAGE_DAYS = 390
    assert usage.remove_old(limit=5) == 5
    assert usage.remove_old(limit=500) == 4
    assert UsageDay.objects.count() == 391
