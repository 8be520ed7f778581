"""Random histories of ended sessions, from a seed, and the plain recount of their totals."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from analytics.models import Outcome, SessionFact, SessionType
from clients.models import Client, Subject

START = datetime(2026, 3, 27, 20, tzinfo=UTC)  # two days before Europe's clocks change
_ENDS = [
    (SessionType.ENROLLMENT, Outcome.SUCCESS, "enrolled"),
    (SessionType.ENROLLMENT, Outcome.FAILURE, "duplicate_face"),
    (SessionType.ENROLLMENT, Outcome.EXPIRED, "expired"),
    (SessionType.VERIFICATION, Outcome.SUCCESS, "matched"),
    (SessionType.VERIFICATION, Outcome.FAILURE, "no_match"),
    (SessionType.VERIFICATION, Outcome.FAILURE, "liveness_failed"),
    (SessionType.IDENTIFICATION, Outcome.SUCCESS, "matched"),
    (SessionType.IDENTIFICATION, Outcome.FAILURE, "no_match"),
    (SessionType.IDENTIFICATION, Outcome.CANCELLED, "cancelled"),
]


def fact(client: Client, **values: Any) -> SessionFact:
    """Return a fact that is not stored yet: a successful verification, except for these values."""
    members = {
        "client": client,
        "session_public_id": uuid4(),
        "session_type": SessionType.VERIFICATION,
        "capture_type": "api",
        "source": "api",
        "outcome": Outcome.SUCCESS,
        "reason": "matched",
        "similarity": 0.9,
        "quality": 0.8,
        "liveness_score": None,
        "liveness_verified": False,
        "duplicate_suspected": False,
        "frames_received": 2,
        "frames_accepted": 1,
        "spoof_frames": 0,
        "duration_ms": 1500,
        "stage_milliseconds": {"detection": 20.0, "recognition": 60.0},
        "false_match_rate": 0.001,
        "model_key": "fake/1/none",
        "ended_at": START,
    }
    return SessionFact(**{**members, **values})


def random_fact(client: Client, subjects: list[Subject], dice: random.Random) -> SessionFact:
    """Return a fact of one of five days."""
    session_type, outcome, reason = dice.choice(_ENDS)

    def score() -> float | None:
        return dice.choice([None, 0.0, 1.0, dice.random(), dice.random()])

    return fact(
        client,
        subject=dice.choice([None, *subjects]),
        session_type=session_type,
        outcome=outcome,
        reason=reason,
        capture_type=dice.choice(["webcam", "mobile", "api"]),
        source=dice.choice(["api", "import"]),
        similarity=score(),
        quality=score(),
        liveness_score=score(),
        liveness_verified=dice.random() < 0.5,
        duplicate_suspected=dice.random() < 0.1,
        frames_received=dice.randrange(10),
        frames_accepted=dice.randrange(5),
        spoof_frames=dice.choice([0, 0, 1, 3]),
        duration_ms=dice.choice([0, 1, 999, dice.randrange(10**6), 10**9]),
        stage_milliseconds=dice.choice([{}, {"detection": dice.random() * 1000}]),
        ended_at=START + timedelta(seconds=dice.randrange(5 * 86400)),
    )


def recount(facts: Iterable[SessionFact], zone: str) -> dict[str, Any]:
    """Return the totals of facts, counted in the plainest way: by day, and by day and group."""
    days: dict[str, Counter[str]] = defaultdict(Counter)
    groups: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    users: dict[str, set[int]] = defaultdict(set)
    for each in facts:
        day = each.ended_at.astimezone(ZoneInfo(zone)).date().isoformat()
        days[day]["sessions"] += 1
        days[day]["frames_received"] += each.frames_received
        days[day]["spoof_sessions"] += each.spoof_frames > 0
        if each.subject_id is not None:
            users[day].add(each.subject_id)
        group = groups[
            day, each.session_type, each.capture_type, each.source, each.outcome, each.reason
        ]
        group["sessions"] += 1
        group["duration_ms"] += each.duration_ms
        group["quality_count"] += each.quality is not None
        group["quality_millionths"] += round((each.quality or 0) * 1e6)
        group["similarity_count"] += each.similarity is not None
        group["similarity_millionths"] += round((each.similarity or 0) * 1e6)
        group["liveness_verified"] += each.liveness_verified
    for day, seen in users.items():
        days[day]["unique_users"] = len(seen)
    return {
        "days": {day: +counts for day, counts in days.items()},
        "groups": {group: +counts for group, counts in groups.items()},
    }


def recount_hours(facts: Iterable[SessionFact]) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """Return sessions, frames and accepted frames by hour, type and outcome."""
    found: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for each in facts:
        hour = each.ended_at.strftime("%Y-%m-%d %H")
        counts = found[hour, each.session_type, each.outcome]
        counts["sessions"] += 1
        counts["received"] += each.frames_received
        counts["accepted"] += each.frames_accepted
    return {key: (c["sessions"], c["received"], c["accepted"]) for key, c in found.items()}


def recount_activity(facts: Iterable[SessionFact]) -> dict[int, tuple[Any, ...]]:
    """Return of each user: sessions, failures, the first and last end, the first of each origin."""
    found: dict[int, list[SessionFact]] = defaultdict(list)
    for each in facts:
        if each.subject_id is not None:
            found[each.subject_id].append(each)
    return {user: _activity(sorted(own, key=lambda f: f.ended_at)) for user, own in found.items()}


def _activity(own: list[SessionFact]) -> tuple[Any, ...]:
    origins = {f"{f.capture_type}/{f.source}": f.ended_at for f in reversed(own)}
    failures = sum(f.outcome == Outcome.FAILURE for f in own)
    return len(own), failures, own[0].ended_at, own[-1].ended_at, origins
