"""The backlog in the metrics."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from tests.stage import anonymous
from tests.webhooks.delivering import endpoint, pending
from webhooks import claims

pytestmark = pytest.mark.django_db


@pytest.fixture
def scrape(settings):
    settings.FACEPLATFORM_METRICS_TOKEN = "0123456789-0123456789"

    def ask():
        answer = anonymous().get("/metrics", HTTP_AUTHORIZATION="Bearer 0123456789-0123456789")
        lines = answer.content.decode().splitlines()
        pairs = [line.split(" ") for line in lines if line.startswith("faceplatform_webhooks_")]
        return {name.removeprefix("faceplatform_webhooks_"): float(value) for name, value in pairs}

    return ask


def test_without_deliveries(scrape):
    assert scrape() == {"up": 1, "due": 0, "oldest_seconds": 0}


def test_due_ones_and_the_oldest(api, scrape):
    now = timezone.now()
    to, paused = endpoint(api.client), endpoint(api.client, state="paused")
    for row, seconds in ((to, 60), (to, 5), (to, -60), (paused, 3600)):
        pending(row, now - timedelta(seconds=seconds))
    seen = scrape()
    assert (seen["up"], seen["due"]) == (1, 2)
    assert 60 <= seen["oldest_seconds"] < 120


def test_without_the_database(scrape, monkeypatch):
    def fail():
        raise OperationalError("gone")

    monkeypatch.setattr(claims, "waiting", fail)
    assert scrape() == {"up": 0}
