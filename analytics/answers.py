"""The shapes of answers with figures, for the schema. Their help texts are the definitions."""

from typing import Any

from rest_framework import serializers

from analytics.definitions import DEFINITIONS
from analytics.models import Outcome, SessionType
from analytics.periods import Length
from faceplatform.sessions.models import CaptureType

Shape = serializers.Serializer[Any]


def count(name: str) -> serializers.IntegerField:
    return serializers.IntegerField(help_text=DEFINITIONS[name])


def figure(name: str) -> serializers.FloatField:
    return serializers.FloatField(
        allow_null=True, help_text=f"{DEFINITIONS[name]} Null where there is nothing."
    )


def counts(name: str) -> serializers.DictField:
    return serializers.DictField(child=serializers.IntegerField(), help_text=name)


class PeriodSerializer(Shape):
    period = serializers.ChoiceField(choices=Length.choices)
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    time_zone = serializers.CharField(help_text="The client's, of all days.")


class CountsSerializer(Shape):
    sessions = count("sessions")
    enrollments = count("enrollments")
    enrollments_succeeded = count("enrollments_succeeded")
    authentications = count("authentications")
    authentications_succeeded = count("authentications_succeeded")
    authentications_failed = count("authentications_failed")
    expired = count("expired")
    cancelled = count("cancelled")
    spoof_sessions = count("spoof_sessions")
    frames_received = count("frames_received")
    frames_accepted = count("frames_accepted")


class DayCountsSerializer(CountsSerializer):
    day = serializers.DateField()
    unique_users = count("unique_users")


class RatesSerializer(Shape):
    success_rate = figure("success_rate")
    enrollment_success_rate = figure("enrollment_success_rate")
    frame_acceptance_rate = figure("frame_acceptance_rate")


class RatedDaySerializer(DayCountsSerializer, RatesSerializer):
    """The counts and rates of one day."""


class DashboardTotalsSerializer(CountsSerializer, RatesSerializer):
    """The counts and rates of a period."""


class UniqueUsersSerializer(Shape):
    mean = figure("unique_users_mean")
    most = count("unique_users_most")


class DashboardSerializer(PeriodSerializer):
    as_of = serializers.DateTimeField(
        allow_null=True, help_text="When a session was last added to these days."
    )
    totals = DashboardTotalsSerializer()
    unique_users = UniqueUsersSerializer()
    days = DayCountsSerializer(many=True)


class MeansSerializer(Shape):
    quality_mean = figure("quality_mean")
    similarity_mean = figure("similarity_mean")
    liveness_mean = figure("liveness_mean")
    duration_ms_mean = figure("duration_ms_mean")
    frames_mean = figure("frames_mean")
    spoof_rate = figure("spoof_rate")


class ShareSerializer(Shape):
    value = serializers.CharField()
    sessions = count("sessions")
    success_rate = figure("success_rate")


class CrossedSerializer(Shape):
    """The sessions of one type that ended in one way."""

    session_type = serializers.ChoiceField(choices=SessionType.choices)
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = serializers.CharField()
    sessions = count("sessions")


class StatisticsSerializer(PeriodSerializer):
    sessions = count("sessions")
    means = MeansSerializer()
    by_session_type = ShareSerializer(many=True)
    by_capture_type = ShareSerializer(many=True)
    by_source = ShareSerializer(many=True)
    by_outcome = ShareSerializer(many=True)
    by_reason = ShareSerializer(many=True)
    outcomes = CrossedSerializer(many=True, help_text="The most frequent first.")


class OutcomesSerializer(Shape):
    """The number of sessions of each outcome."""

    success = serializers.IntegerField()
    failure = serializers.IntegerField()
    expired = serializers.IntegerField()
    cancelled = serializers.IntegerField()


assert set(OutcomesSerializer._declared_fields) == set(Outcome.values)  # noqa: S101, SLF001


class RecognitionDaySerializer(Shape):
    day = serializers.DateField()
    unique_users = count("unique_users")
    new_enrollments = count("new_enrollments")
    outcomes = OutcomesSerializer()
    reasons = counts("Number of sessions by reason.")
    means = MeansSerializer()


class RecognitionStatsSerializer(PeriodSerializer):
    days = RecognitionDaySerializer(many=True)


class TimesSerializer(Shape):
    sessions = count("sessions")
    p50_ms = figure("p50_ms")
    p95_ms = figure("p95_ms")
    p99_ms = figure("p99_ms")


class StageTimesSerializer(TimesSerializer):
    stage = serializers.CharField()


# `from` is a keyword.
ScoreBinSerializer = type(
    "ScoreBinSerializer",
    (Shape,),
    {
        "from": serializers.FloatField(),
        "to": serializers.FloatField(help_text="Not in the bin, except 1."),
        "sessions": serializers.IntegerField(),
    },
)


class BoundsSerializer(Shape):
    least = serializers.IntegerField()
    most = serializers.IntegerField()


class WhatIfSerializer(Shape):
    false_match_rate = serializers.FloatField(help_text="The operating point.")
    similarity = serializers.FloatField(help_text="The similarity that it stands for.")
    would_be_refused = BoundsSerializer(help_text=DEFINITIONS["would_be_refused"])
    would_be_accepted = BoundsSerializer(help_text=DEFINITIONS["would_be_accepted"])
    decisions = count("decisions")


class PerformanceSerializer(PeriodSerializer):
    session = TimesSerializer(help_text="From the opening of a session to its end.")
    stages = StageTimesSerializer(many=True)
    accepted_scores = ScoreBinSerializer(many=True, help_text="Similarities of matches.")
    refused_scores = ScoreBinSerializer(many=True, help_text="Similarities of `no_match`.")
    what_if = WhatIfSerializer(many=True)


class BehaviorSerializer(PeriodSerializer):
    hours = serializers.ListField(
        child=serializers.IntegerField(),
        min_length=24,
        max_length=24,
        help_text="Number of sessions that ended in each hour of the day.",
    )
    weekdays = counts("Number of sessions by weekday.")
    unique_users = UniqueUsersSerializer()
    users = count("users")
    sessions_per_user = figure("sessions_per_user")
    frames_per_success = figure("frames_per_success")


class UserFiguresSerializer(Shape):
    user_id = serializers.CharField()
    sessions = count("user_sessions")
    failures = count("user_failures")
    last_seen_at = serializers.DateTimeField(help_text="End of the user's last session.")
    unusual = serializers.ListField(
        child=serializers.ChoiceField(choices=["many_failures", "new_source"]),
        help_text=f"`many_failures`: {DEFINITIONS['many_failures']} `new_source`: "
        f"{DEFINITIONS['new_source']} Empty: nothing.",
    )
    new_sources = serializers.ListField(
        child=serializers.CharField(), help_text="Those of `new_source`, such as `webcam/api`."
    )


class CallsSerializer(Shape):
    calls = count("calls")
    refused = count("refused")
    throttled = count("throttled")
    unavailable = count("unavailable")
    frames = count("frames")
    frames_accepted = count("frames_accepted")


class CallsOfDaySerializer(CallsSerializer):
    day = serializers.DateField()


class CallTotalsSerializer(CallsSerializer):
    error_rate = figure("error_rate")


class NowSerializer(Shape):
    """Counts of now; 1000 stands for as many or more."""

    open_enrollments = count("open_enrollments")
    open_authentications = count("open_authentications")
    imports_unfinished = count("imports_unfinished")
    webhook_endpoints_failing = count("webhook_endpoints_failing")


class SystemMetricsSerializer(PeriodSerializer):
    now = NowSerializer()
    totals = CallTotalsSerializer()
    days = CallsOfDaySerializer(many=True)


class SeriesSerializer(Shape):
    measure = serializers.ChoiceField(choices=["quality", "similarity"])
    session_type = serializers.ChoiceField(choices=SessionType.choices)
    capture_type = serializers.ChoiceField(choices=CaptureType.choices)
    source = serializers.CharField()  # type: ignore[assignment]


class DriftWeekSerializer(Shape):
    week = serializers.DateField(help_text="Its Monday.")
    values = serializers.IntegerField(help_text="Sessions of the week with the measure.")
    psi = figure("psi")
    is_alert = serializers.BooleanField(help_text=DEFINITIONS["is_alert"])


class DriftSeriesSerializer(SeriesSerializer):
    reference_week = serializers.DateField(allow_null=True)
    reference_values = serializers.IntegerField()
    weeks = DriftWeekSerializer(many=True)


class ExpectationSerializer(Shape):
    session_type = serializers.ChoiceField(choices=SessionType.choices)
    capture_type = serializers.ChoiceField(choices=CaptureType.choices)
    source = serializers.CharField()  # type: ignore[assignment]
    week = serializers.DateField(help_text="The last whole week: its Monday.")
    values = serializers.IntegerField(
        help_text="Verifications that matched or did not, or identifications that matched."
    )
    similarity = serializers.FloatField(help_text="Their mean similarity, by histogram bins.")
    expected_similarity = serializers.FloatField(help_text=DEFINITIONS["expected_similarity"])
    expected_psi = serializers.FloatField(help_text=DEFINITIONS["expected_psi"])
    is_below = serializers.BooleanField(help_text=DEFINITIONS["is_below"])
    refused_share = figure("refused_share")
    expected_refused_share = figure("expected_refused_share")


class DriftSerializer(Shape):
    time_zone = serializers.CharField()
    alert_from = serializers.FloatField()
    series = DriftSeriesSerializer(many=True)
    expectations = ExpectationSerializer(many=True)


class DriftAlertSerializer(DriftWeekSerializer, SeriesSerializer):
    """A series that drifted in the last week."""


class UnresolvedAlertsSerializer(Shape):
    count = serializers.IntegerField(help_text="1000 stands for as many or more.")
    newest = serializers.DateTimeField(allow_null=True)


class CallsOfTwoDaysSerializer(Shape):
    today = CallsSerializer()
    yesterday = CallsSerializer()


class OverviewSerializer(Shape):
    now = NowSerializer()
    today = RatedDaySerializer()
    yesterday = RatedDaySerializer()
    calls = CallsOfTwoDaysSerializer()
    unresolved_alerts = UnresolvedAlertsSerializer()
    drifts = DriftAlertSerializer(many=True)
