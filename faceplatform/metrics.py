"""What the product counts of itself, for Prometheus. No label names a client, user or session.

All of it is counted by web processes: what a worker measured comes back with its answer. Where
there are several, gunicorn's configuration has them count in files (PROMETHEUS_MULTIPROC_DIR).
"""

from collections.abc import Mapping

from prometheus_client import Counter, Histogram, disable_created_metrics

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
STAGE_SECONDS = Histogram(
    "faceplatform_stage_seconds",
    "Time of each stage of measuring a frame; the stage queue is the wait for a worker.",
    ["stage"],
    buckets=_SECONDS,
)
REFUSED = Counter("faceplatform_frames_refused", "Frames that were not measured.", ["reason"])
REPEATED = Counter("faceplatform_frames_repeated", "Frames measured anew: their worker was lost.")
CONFLICTS = Counter(
    "faceplatform_database_conflicts", "Transactions tried again after a deadlock or a lock wait."
)
TURNED_AWAY = Counter(
    "faceplatform_connections_turned_away",
    "Connections that the web server ended before a view was asked, or before its answer was read.",
    ["reason"],
)


def count_stages(stages: Mapping[str, float]) -> None:
    """Count one measured frame: milliseconds by stage."""
    for stage, milliseconds in stages.items():
        STAGE_SECONDS.labels(stage).observe(milliseconds / 1000)
