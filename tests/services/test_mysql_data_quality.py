"""The report on templates on MariaDB or MySQL: each page is read in the order of an index."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone
from rest_framework.test import APIClient

from clients import tokens
from enrollment.models import FaceTemplate
from tests.services.explaining import (
    Explained,
    unbounded,
)
from tests.services.marks import services

pytestmark = [*services, pytest.mark.django_db]
URL = "/api/analytics/data-quality/"


@pytest.fixture
def http(issued) -> APIClient:
    """A caller whose templates differ in quality and frames; one in ten is old."""
    templates = FaceTemplate.objects.all()
    templates.update(quality=(F("pk") % 100) / 100.0, sample_count=1 + F("pk") % 3)
    old = templates.annotate(tenth=F("pk") % 10).filter(tenth=0)
    old.update(created_at=timezone.now() - timedelta(days=800))
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE TABLE {FaceTemplate._meta.db_table}")
        cursor.fetchall()
    http = APIClient(raise_request_exception=False)
    access = tokens.issue_tokens(issued.credential)["access"]
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return http


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"ordering": "quality"},
        {"ordering": "created_at"},
        {"issue": "weak"},
        {"issue": "weak", "ordering": "quality"},
        {"issue": "old", "ordering": "created_at"},
        {"issue": "single_frame", "ordering": "quality"},
    ],
)
def test_a_page(http, explained: list[Explained], query):
    first = http.get(URL, {"page_size": 10, **query}).json()
    assert len(first["results"]) == 10
    assert http.get(first["next"]).json()["results"]
    assert unbounded(explained) == []
