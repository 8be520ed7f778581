"""GET /api/core/info/: the calling client, and its key's scopes."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from faceplatform.api.callers import ClientCaller
from faceplatform.api.scopes import Scope
from faceplatform.conf import CapturePolicy
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db


def test_it_needs_a_token(db):
    problem(anonymous().get("/api/core/info/"), 401, "not_authenticated")


def test_each_client_sees_itself(make_api):
    for name in ("one", "two"):
        api = make_api(name, target_samples=4)
        body = api.http.get("/api/core/info/").json()
        assert body["client"] == {
            "client_id": str(api.client.public_id),
            "name": name,
            "tier": "standard",
            "sandbox": False,
            "time_zone": "UTC",
        }
        assert body["policy"] == CapturePolicy(target_samples=4).model_dump()
        assert body["scopes"] == ["analytics", "authenticate", "enroll", "manage", "webhooks"]


def test_limits_and_usage_of_today(api):
    api.http.get("/api/core/status/")
    api.http.get("/api/core/nothing/")
    body = api.http.get("/api/core/info/").json()
    assert body["limits"] == api.client.limits_in_force.model_dump()
    assert body["usage"]["day"] == timezone.now().date().isoformat()
    assert body["usage"]["calls"] >= 1


def test_the_scopes_are_the_keys(api):
    http = APIClient()
    http.force_authenticate(
        ClientCaller(
            client=api.client,
            credential=api.issued.credential.public_id,
            scopes=frozenset({Scope.ENROLL}),
        )
    )
    assert http.get("/api/core/info/").json()["scopes"] == ["enroll"]
