"""GET /api/clients/usage/: the calling client's calls and frames by day and operation."""

from datetime import date, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import CharFilter, DateFilter
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from clients import usage
from clients.models import Client, UsageDay
from clients.operations import is_operation, nearest_operation
from faceplatform.api.callers import client_of
from faceplatform.api.lists import Filters, ListView
from faceplatform.api.scopes import Scope

_MOST_DAYS, _DEFAULT_DAYS = 366, 30
_ISO = ["%Y-%m-%d"]
_DATE = {"invalid": "Send a date such as 2026-01-31."}


class _InRange(Filters):
    """Limits the rows to a range of days that is not too long."""

    def filter_queryset(self, queryset: QuerySet[UsageDay]) -> QuerySet[UsageDay]:
        given = self.form.cleaned_data
        last = given["to"] or self._today()
        first = given["from"] or _days_before(last, _DEFAULT_DAYS - 1)
        if not timedelta() <= last - first < timedelta(days=_MOST_DAYS):
            fault = ErrorDetail(f"Ask for 1 to {_MOST_DAYS} days.", "invalid")
            raise ValidationError({"from": [fault]})
        rows = queryset.filter(day__gte=first, day__lte=last)
        if not given["operation"]:
            return rows
        _require_operation(given["operation"], queryset)
        return rows.filter(operation=given["operation"])

    def _today(self) -> date:
        client = cast("Client", client_of(self.request))
        return timezone.now().astimezone(ZoneInfo(client.time_zone)).date()


def _require_operation(name: str, rows: QuerySet[UsageDay]) -> None:
    """Refuse a name that is no operation, of this release or of an earlier one in the rows.

    Raises:
        ValidationError
    """
    if is_operation(name) or rows.filter(operation=name).exists():
        return
    near = nearest_operation(name)
    meant = f" Did you mean {near}?" if near else ""
    fault = ErrorDetail(f"There is no such operation.{meant}", "invalid_choice")
    raise ValidationError({"operation": [fault]})


def _days_before(day: date, days: int) -> date:
    """Return the day so many days earlier, or the first day that there is."""
    return day - min(timedelta(days=days), day - date.min)


# By `type`, because `from` is a keyword.
UsageFilters = type(
    "UsageFilters",
    (_InRange,),
    {
        "from": DateFilter(
            input_formats=_ISO,
            error_messages=_DATE,
            help_text="First day; without it, 30 days up to `to`.",
        ),
        "to": DateFilter(
            input_formats=_ISO, error_messages=_DATE, help_text="Last day; today without it."
        ),
        "operation": CharFilter(max_length=200, help_text="Method and path, as in this document."),
    },
)


class UsageDaySerializer(serializers.ModelSerializer[UsageDay]):
    class Meta:
        model = UsageDay
        fields = (
            *("day", "operation", "calls", "refused", "throttled", "unavailable"),
            *("frames", "frames_accepted"),
        )
        extra_kwargs = {
            "operation": {"help_text": "Method and path, as in this document."},
            "refused": {"help_text": "Calls that were answered with an error, 429 included."},
            "throttled": {"help_text": "Those of them that were answered with 429."},
            "unavailable": {"help_text": "Those of them that were answered with 503."},
            "frames": {"help_text": "Frames that were measured, or had an unusable image."},
        }


class UsageView(ListView):
    """The days of usage of the calling client."""

    queryset = UsageDay.objects.none()
    serializer_class = UsageDaySerializer
    filterset_class = UsageFilters
    ordering_fields = ("day",)
    scopes = (Scope.MANAGE, Scope.ANALYTICS)

    @extend_schema(
        operation_id="usage_list",
        tags=["Client Management"],
        summary="List calls and frames by day and operation",
        description=(
            "Days are those of the client's time zone. The counts of the last seconds may be "
            "missing: each process writes its own every few seconds."
        ),
        examples=[
            OpenApiExample(
                "A day",
                value={
                    "day": "2026-11-28",
                    "operation": "POST /api/auth/process-image/",
                    "calls": 1043,
                    "refused": 12,
                    "throttled": 3,
                    "unavailable": 1,
                    "frames": 1031,
                    "frames_accepted": 874,
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        usage.flush()  # of the other processes, what they have written
        return self.listed(UsageDay.objects.filter(client=client_of(request).pk), request)
