"""Examples of figures for the OpenAPI schema."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_PERIOD = {
    "period": "7_days",
    "first_day": "2026-11-18",
    "last_day": "2026-11-24",
    "time_zone": "Europe/Berlin",
}
_COUNTS = {
    "sessions": 412,
    "enrollments": 12,
    "enrollments_succeeded": 11,
    "authentications": 400,
    "authentications_succeeded": 371,
    "authentications_failed": 14,
    "expired": 12,
    "cancelled": 3,
    "spoof_sessions": 2,
    "frames_received": 803,
    "frames_accepted": 655,
}
_RATES = {
    "success_rate": 0.9636,
    "enrollment_success_rate": 0.9167,
    "frame_acceptance_rate": 0.8157,
}
_USERS = {"mean": 87.0, "most": 87}
_DAY = {"day": "2026-11-24", **_COUNTS, "unique_users": 87}
_MEANS = {
    "quality_mean": 0.8123,
    "similarity_mean": 0.8011,
    "liveness_mean": 0.9512,
    "duration_ms_mean": 2410.5,
    "frames_mean": 1.9,
    "spoof_rate": 0.0049,
}


def _share(value: str) -> dict[str, Any]:
    return {"value": value, "sessions": 412, "success_rate": 0.9636}


def _times(**values: float) -> dict[str, Any]:
    return {"sessions": 412, **values}


def _answer(name: str, value: Any) -> list[OpenApiExample]:
    return [OpenApiExample(name, value=value, response_only=True)]


DASHBOARD = _answer(
    "A week with one day of sessions",
    {
        **_PERIOD,
        "as_of": "2026-11-24T22:19:35.120943Z",
        "totals": {**_COUNTS, **_RATES},
        "unique_users": _USERS,
        "days": [_DAY],
    },
)
STATISTICS = _answer(
    "A week",
    {
        **_PERIOD,
        "sessions": 412,
        "means": _MEANS,
        "by_session_type": [_share("verification")],
        "by_capture_type": [_share("webcam")],
        "by_source": [_share("api")],
        "by_outcome": [_share("success")],
        "by_reason": [_share("matched")],
        "outcomes": [
            {
                "session_type": "verification",
                "outcome": "success",
                "reason": "matched",
                "sessions": 371,
            }
        ],
    },
)
RECOGNITION = _answer(
    "A week with one day of sessions",
    {
        **_PERIOD,
        "days": [
            {
                "day": "2026-11-24",
                "unique_users": 87,
                "new_enrollments": 11,
                "outcomes": {"success": 382, "failure": 15, "expired": 12, "cancelled": 3},
                "reasons": {"matched": 371, "no_match": 14},
                "means": _MEANS,
            }
        ],
    },
)
PERFORMANCE = _answer(
    "A week",
    {
        **_PERIOD,
        "session": _times(p50_ms=1904.1, p95_ms=6120.0, p99_ms=9800.5),
        "stages": [{"stage": "recognition", **_times(p50_ms=24.1, p95_ms=31.6, p99_ms=39.0)}],
        "accepted_scores": [{"from": 0.8, "to": 0.8167, "sessions": 57}],
        "refused_scores": [{"from": 0.2, "to": 0.2167, "sessions": 3}],
        "what_if": [
            {
                "false_match_rate": 0.0001,
                "similarity": 0.6667,
                "would_be_refused": {"least": 4, "most": 4},
                "would_be_accepted": {"least": 0, "most": 0},
                "decisions": 385,
            }
        ],
    },
)
BEHAVIOR = _answer(
    "A week",
    {
        **_PERIOD,
        "hours": [0] * 8 + [200, 100, 50, 10, 12, 20, 10, 5, 5] + [0] * 7,
        "weekdays": {
            "monday": 0,
            "tuesday": 412,
            "wednesday": 0,
            "thursday": 0,
            "friday": 0,
            "saturday": 0,
            "sunday": 0,
        },
        "unique_users": _USERS,
        "users": 87,
        "sessions_per_user": 4.7,
        "frames_per_success": 1.8,
    },
)
USERS = _answer(
    "A user with many failures",
    {
        "user_id": "ada",
        "sessions": 9,
        "failures": 7,
        "last_seen_at": "2026-11-24T22:19:35.120943Z",
        "unusual": ["many_failures", "new_source"],
        "new_sources": ["webcam/api"],
    },
)
_CALLS = {
    "calls": 1043,
    "refused": 12,
    "throttled": 3,
    "unavailable": 1,
    "frames": 803,
    "frames_accepted": 655,
}
_NOW = {
    "open_enrollments": 1,
    "open_authentications": 4,
    "imports_unfinished": 0,
    "webhook_endpoints_failing": 1,
}
SYSTEM = _answer(
    "A week with one day of calls",
    {
        **_PERIOD,
        "now": _NOW,
        "totals": {**_CALLS, "error_rate": 0.0115},
        "days": [{"day": "2026-11-24", **_CALLS}],
    },
)
_SERIES = {
    "measure": "quality",
    "session_type": "verification",
    "capture_type": "webcam",
    "source": "api",
}
_DRIFTED = {"week": "2026-11-16", "values": 2210, "psi": 0.3104, "is_alert": True}
OVERVIEW = _answer(
    "Quality has drifted",
    {
        "now": _NOW,
        "today": {**_DAY, **_RATES},
        "yesterday": {**_DAY, **_RATES, "day": "2026-11-23"},
        "calls": {"today": _CALLS, "yesterday": _CALLS},
        "unresolved_alerts": {"count": 1, "newest": "2026-11-24T22:19:35.120943Z"},
        "drifts": [{**_SERIES, **_DRIFTED}],
    },
)
DRIFT = _answer(
    "One series",
    {
        "time_zone": "Europe/Berlin",
        "alert_from": 0.25,
        "series": [
            {
                **_SERIES,
                "reference_week": "2026-11-09",
                "reference_values": 1980,
                "weeks": [
                    {"week": "2026-11-09", "values": 1980, "psi": 0.0, "is_alert": False},
                    _DRIFTED,
                ],
            }
        ],
        "expectations": [
            {
                "session_type": "verification",
                "capture_type": "webcam",
                "source": "api",
                "week": "2026-11-16",
                "values": 2190,
                "similarity": 0.9312,
                "expected_similarity": 0.8874,
                "expected_psi": 0.1921,
                "is_below": False,
                "refused_share": 0.0121,
                "expected_refused_share": 0.0313,
            }
        ],
    },
)
