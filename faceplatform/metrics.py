"""The product's own Prometheus metrics. No label names a client, user or session.

Web processes count everything: a worker's timings come back with its answer. Several web processes
count in files (PROMETHEUS_MULTIPROC_DIR), as gunicorn's configuration says.
"""

from collections.abc import Mapping

from prometheus_client import Counter, Histogram, disable_created_metrics
from prometheus_client.registry import Collector

disable_created_metrics()  # type: ignore[no-untyped-call]

# From a cached answer to a frame that waited for FACEPLATFORM_FRAME_SECONDS.
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5, 10)

REQUESTS = Counter("faceplatform_requests", "Requests answered.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "faceplatform_request_seconds", "Time to answer a request.", ["route"], buckets=_SECONDS
)
FRAMES = Counter(
    "faceplatform_frames", "Frames taken into sessions, by outcome.", ["kind", "reason"]
)
SANDBOX_FRAMES = Counter(
    "faceplatform_sandbox_frames",
    "Frames taken into sessions of sandbox clients, by outcome. They count nowhere else.",
    ["kind", "reason"],
)
STAGE_SECONDS = Histogram(
    "faceplatform_stage_seconds",
    "Time of each stage of measuring a frame; the stage queue is the wait for a worker.",
    ["stage"],
    buckets=_SECONDS,
)
REFUSED = Counter("faceplatform_frames_refused", "Frames that were not measured.", ["reason"])
REPEATED = Counter("faceplatform_frames_repeated", "Frames measured again after a lost worker.")
CONFLICTS = Counter(
    "faceplatform_database_conflicts", "Transactions retried after a deadlock or a lock wait."
)
TURNED_AWAY = Counter(
    "faceplatform_connections_turned_away",
    "Connections closed by the web server before a view was called or the answer was read.",
    ["reason"],
)
WEBHOOK_ATTEMPTS = Counter(
    "faceplatform_webhook_attempts", "Attempts of webhooks by this process, by result.", ["result"]
)


# Read at each scrape, from what all processes share. Each part adds its own in `AppConfig.ready`.
SHARED: list[Collector] = []


def count_stages(stages: Mapping[str, float]) -> None:
    """Count one measured frame: milliseconds by stage."""
    for stage, milliseconds in stages.items():
        STAGE_SECONDS.labels(stage).observe(milliseconds / 1000)
