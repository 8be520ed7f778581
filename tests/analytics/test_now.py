"""Counts of now, in `system-metrics/` and in the overview: of the caller alone, and bounded."""

from datetime import timedelta

import pytest
from django.utils import timezone

from authentication.models import AuthenticationSession
from clients import stats
from imports.models import ImportJob, JobStatus
from tests.webhooks.endpoints import endpoint_of
from webhooks.models import EndpointState

pytestmark = pytest.mark.django_db
PATHS = ("system-metrics/", "monitoring/overview/")
NOTHING = {
    "open_enrollments": 0,
    "open_authentications": 0,
    "imports_unfinished": 0,
    "webhook_endpoints_failing": 0,
}


def now(api, path: str) -> dict[str, int]:
    answer = api.http.get(f"/api/analytics/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()["now"]


@pytest.mark.parametrize("path", PATHS)
def test_open_sessions(api, stage, other, path):
    assert now(api, path) == NOTHING
    api.enroll(stage, "alice")
    api.enrollment_token("bob")
    api.authentication_token("alice")
    api.authentication_token("alice")
    assert now(api, path) == NOTHING | {"open_enrollments": 1, "open_authentications": 2}
    AuthenticationSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert now(api, path) == NOTHING | {"open_enrollments": 1}
    assert now(other, path) == NOTHING


@pytest.mark.parametrize("path", PATHS)
def test_imports_that_wait_or_run(api, other, path):
    for status in JobStatus.values:
        ImportJob.objects.create(client=api.client, status=status)
    assert now(api, path) == NOTHING | {"imports_unfinished": 2}
    assert now(other, path) == NOTHING


@pytest.mark.parametrize("path", PATHS)
def test_endpoints_that_fail(api, other, path):
    endpoint_of(api)
    endpoint_of(api, state=EndpointState.DISABLED)
    endpoint_of(api, failing_since=timezone.now())
    endpoint_of(api, state=EndpointState.DELETED, failing_since=timezone.now())
    assert now(api, path) == NOTHING | {"webhook_endpoints_failing": 2}
    assert now(other, path) == NOTHING


def test_counting_ends_at_a_bound(api, stage, monkeypatch):
    monkeypatch.setattr(stats, "MOST_COUNTED", 2)
    api.enroll(stage, "alice")
    for _ in range(3):
        api.authentication_token("alice")
    assert now(api, PATHS[0])["open_authentications"] == 2
