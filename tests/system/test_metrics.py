"""GET /metrics: for holders of the token only; the counts, and no names."""

import os
import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from faceplatform.errors import EngineError
from tests.photographs import ROOT
from tests.stage import anonymous

pytestmark = pytest.mark.django_db
TOKEN = "a-token-for-prometheus-only"


@pytest.fixture(autouse=True)
def _open(settings):
    settings.FACEPLATFORM_METRICS_TOKEN = TOKEN


def scrape(authorization: str | None = f"Bearer {TOKEN}"):
    http = anonymous()
    if authorization is not None:
        http.credentials(HTTP_AUTHORIZATION=authorization)
    return http.get("/metrics")


def samples() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return the samples by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(scrape().content.decode())
        for sample in family.samples
    }


def increase(name: str, **labels: str):
    """Return a function that returns the sample's growth since now."""
    key = (name, tuple(sorted(labels.items())))
    before = samples().get(key, 0.0)
    return lambda: samples().get(key, 0.0) - before


@pytest.mark.parametrize(
    "header", [None, "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer ключ", ""]
)
def test_a_stranger_finds_no_such_page(header):
    refused, absent = scrape(header), anonymous().get("/metrix")
    assert refused.status_code == absent.status_code == 404
    assert b"faceplatform_" not in refused.content


def test_without_a_token_nobody_may(settings):
    settings.FACEPLATFORM_METRICS_TOKEN = ""
    assert scrape("Bearer ").status_code == 404
    assert scrape(None).status_code == 404


def test_a_short_token_does_not_start():
    run = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=os.environ | {"FACEPLATFORM_METRICS_TOKEN": "nineteen-characters"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "FACEPLATFORM_METRICS_TOKEN needs 20 characters" in run.stderr
    assert "nineteen-characters" not in run.stderr


def test_requests_are_counted_by_route(api):
    route = "api/auth/sessions/<str:session_token>/"
    token = api.enrollment_token()
    counted = increase("faceplatform_requests_total", method="GET", route=route, status="200")
    timed = increase("faceplatform_request_seconds_count", route=route)
    api.session(token)
    assert counted() == timed() == 1
    assert token not in scrape().content.decode()


def test_what_strangers_make_up_makes_no_labels():
    anonymous().generic("BREW", "/coffee/1")
    anonymous().get("/coffee/2")
    text = scrape().content.decode()
    assert 'method="other",route="none",status="404"' in text
    assert "BREW" not in text
    assert "coffee" not in text


def test_frames_are_counted_by_kind_and_reason(api, stage):
    taken = increase("faceplatform_frames_total", kind="enrollment", reason="accepted")
    refused = increase("faceplatform_frames_total", kind="enrollment", reason="no_face")
    detected = increase("faceplatform_stage_seconds_count", stage="detection")
    seconds = increase("faceplatform_stage_seconds_sum", stage="detection")
    token = api.enrollment_token("somebody")
    api.post_frame(token, stage.frame())
    api.post_frame(token, stage.frame(faces=0))
    assert taken() == refused() == 1
    assert detected() == 2
    assert seconds() == pytest.approx(0.002)
    assert "somebody" not in scrape().content.decode()
    assert api.client.name not in scrape().content.decode()


def test_a_frame_that_is_not_measured_is_no_outcome(api, stage):
    def broken():
        raise EngineError

    token = api.enrollment_token()
    before = {child: value for child, value in samples().items() if "frames_total" in child[0]}
    stage.meanwhile = broken
    assert api.post_frame(token, stage.frame()).status_code == 503
    after = {child: value for child, value in samples().items() if "frames_total" in child[0]}
    assert after == before


def test_processes_count_together(tmp_path):
    """Several processes count in files, as under gunicorn; each reports the sum of all."""
    script = (
        "import django, sys; django.setup()\n"
        "from faceplatform.metrics import FRAMES\n"
        "FRAMES.labels('enrollment', 'accepted').inc()\n"
        "from django.test import Client\n"
        "print(Client().get('/metrics', headers={'Authorization': 'Bearer ' + sys.argv[1]},"
        " HTTP_HOST='127.0.0.1').content.decode())"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "faceplatform.settings.test",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "FACEPLATFORM_METRICS_TOKEN": TOKEN,
        "FACEPLATFORM_ENGINE": "fake",
    }
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "-c", script, TOKEN],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    line = 'faceplatform_frames_total{kind="enrollment",reason="accepted"}'
    assert f"{line} 2.0" in run.stdout


def test_every_metric_is_explained():
    page = (ROOT / "docs" / "operations.md").read_text()
    names = {
        family.name
        for family in text_string_to_metric_families(scrape().content.decode())
        if family.name.startswith("faceplatform_")
    }
    assert names
    assert [name for name in sorted(names) if name not in page] == []
