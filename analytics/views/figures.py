"""Figures of a period, from daily totals."""

import math
from datetime import date
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import (
    answers,
    behavior,
    calls,
    dashboard,
    drift,
    overview,
    performance,
    statistics,
)
from analytics.examples import figures as examples
from analytics.periods import PARAMETER, Length, Period, until_today
from analytics.stability import LEAST_VALUES
from analytics.views.lists import TAGS
from faceplatform.api.callers import client_of
from faceplatform.api.fields import NamedChoiceField, WholeNumberField
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import validated
from faceplatform.api.views import MainView

# Of a reference week: what every database can store, a week more included.
_EARLIEST, _LATEST = date(2000, 1, 1), date(2999, 12, 31)


class PeriodQuerySerializer(serializers.Serializer[Any]):
    period = NamedChoiceField(Length.choices, default=Length.MONTH)


class PerformanceQuerySerializer(PeriodQuerySerializer):
    false_match_rate = serializers.FloatField(
        min_value=performance.STRICTEST, max_value=performance.LOOSEST, default=None
    )

    def validate_false_match_rate(self, value: float | None) -> float | None:
        """Refuse NaN, which is in no range and outside of none."""
        if value is not None and math.isnan(value):
            raise ValidationError("Send a number.", "invalid")
        return value


class DriftQuerySerializer(serializers.Serializer[Any]):
    weeks = WholeNumberField(min_value=2, max_value=52, default=drift.WEEKS)
    reference = serializers.DateField(
        default=None,
        validators=[MinValueValidator(_EARLIEST), MaxValueValidator(_LATEST)],
    )


class _FiguresView(MainView):
    scopes = (Scope.ANALYTICS,)
    query_parameters = frozenset({"period"})

    def period(self, request: Request) -> Period:
        """Return the requested period of the caller."""
        asked = validated(PeriodQuerySerializer, request.query_params.dict())
        return until_today(client_of(request), Length(asked["period"]))


class DashboardView(_FiguresView):
    @extend_schema(
        operation_id="analytics_dashboard",
        tags=TAGS,
        summary="Read the dashboard",
        description="Sessions are added to it within a minute of their end.",
        parameters=[PARAMETER],
        responses=answers.DashboardSerializer,
        examples=examples.DASHBOARD,
    )
    def get(self, request: Request) -> Response:
        return Response(dashboard.of_period(self.period(request)))


class StatisticsView(_FiguresView):
    @extend_schema(
        operation_id="analytics_statistics",
        tags=TAGS,
        summary="Count sessions by type, source, outcome and reason",
        parameters=[PARAMETER],
        responses=answers.StatisticsSerializer,
        examples=examples.STATISTICS,
    )
    def get(self, request: Request) -> Response:
        return Response(statistics.of_period(self.period(request)))


class RecognitionStatsView(_FiguresView):
    @extend_schema(
        operation_id="analytics_face_recognition_stats",
        tags=TAGS,
        summary="Count outcomes, users and enrollments by day",
        parameters=[PARAMETER],
        responses=answers.RecognitionStatsSerializer,
        examples=examples.RECOGNITION,
    )
    def get(self, request: Request) -> Response:
        return Response(statistics.by_day(self.period(request)))


class PerformanceView(MainView):
    scopes = (Scope.ANALYTICS,)
    query_parameters = frozenset({"period", "false_match_rate"})

    @extend_schema(
        operation_id="analytics_model_performance",
        tags=TAGS,
        summary="Read times, score distributions, and the effect of other operating points",
        parameters=[
            PARAMETER,
            OpenApiParameter(
                "false_match_rate",
                {
                    "type": "number",
                    "minimum": performance.STRICTEST,
                    "maximum": performance.LOOSEST,
                },
                description="A further operating point of `what_if`.",
            ),
        ],
        responses=answers.PerformanceSerializer,
        examples=examples.PERFORMANCE,
    )
    def get(self, request: Request) -> Response:
        asked = validated(PerformanceQuerySerializer, request.query_params.dict())
        client = client_of(request)
        found = performance.of_period(
            until_today(client, Length(asked["period"])),
            client,
            false_match_rate=asked["false_match_rate"],
        )
        return Response(found)


class BehaviorView(_FiguresView):
    @extend_schema(
        operation_id="analytics_user_behavior",
        tags=TAGS,
        summary="Count sessions by hour and weekday, and users",
        parameters=[PARAMETER],
        responses=answers.BehaviorSerializer,
        examples=examples.BEHAVIOR,
    )
    def get(self, request: Request) -> Response:
        return Response(behavior.of_period(self.period(request)))


class SystemMetricsView(_FiguresView):
    @extend_schema(
        operation_id="analytics_system_metrics",
        tags=TAGS,
        summary="Count your calls and frames by day, and what goes on now",
        parameters=[PARAMETER],
        responses=answers.SystemMetricsSerializer,
        examples=examples.SYSTEM,
    )
    def get(self, request: Request) -> Response:
        return Response(calls.of_period(self.period(request)))


class OverviewView(MainView):
    scopes = (Scope.ANALYTICS,)

    @extend_schema(
        operation_id="analytics_monitoring_overview",
        tags=TAGS,
        summary="Read what goes on now, today's figures, unresolved alerts and drift",
        responses=answers.OverviewSerializer,
        examples=examples.OVERVIEW,
    )
    def get(self, request: Request) -> Response:
        return Response(overview.of_today(until_today(client_of(request), Length.WEEK)))


class DriftView(MainView):
    scopes = (Scope.ANALYTICS,)
    query_parameters = frozenset({"weeks", "reference"})

    @extend_schema(
        operation_id="analytics_drift",
        tags=TAGS,
        summary="Compare each week's quality and similarity with a reference week",
        parameters=[
            OpenApiParameter(
                "weeks",
                {"type": "integer", "minimum": 2, "maximum": 52, "default": drift.WEEKS},
                description="Number of whole weeks up to the last one.",
            ),
            OpenApiParameter(
                "reference",
                {"type": "string", "format": "date"},
                description="A day of the reference week, a past one. Without it: of each series, "
                f"the first of the weeks with {LEAST_VALUES} values.",
            ),
        ],
        responses=answers.DriftSerializer,
        examples=examples.DRIFT,
    )
    def get(self, request: Request) -> Response:
        asked = validated(DriftQuerySerializer, request.query_params.dict())
        period = until_today(client_of(request), Length.WEEK)
        reference = asked["reference"]
        if reference and drift.monday_of(reference) >= drift.monday_of(period.last):
            fault = ErrorDetail("Send a day of a week that is over.", "invalid")
            raise ValidationError({"reference": [fault]})
        return Response(drift.of_weeks(period, **asked))
