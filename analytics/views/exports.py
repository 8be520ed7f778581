"""Exports of the lists, with the filters of the list."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import FileResponse
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request

from analytics import log
from analytics.errors import ExportTooLarge
from analytics.exporting import MOST_ROWS, TYPES, Derived, export
from analytics.filters import AlertFilters, AuthLogFilters
from analytics.models import AlertRecord, SessionFact
from analytics.serializers import AlertSerializer, AuthLogSerializer, resolver
from analytics.views.lists import TAGS
from analytics.views.templates import TemplateFilters
from enrollment import quality_reports
from faceplatform.api.callers import client_of
from faceplatform.api.exports import ExportInProgress, ExportsBusy, turns
from faceplatform.api.fields import NamedChoiceField
from faceplatform.api.lists import Filters
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import validated
from faceplatform.api.views import AlwaysJson, MainView

_NAME = "file_type"
FILE_TYPE = OpenApiParameter(
    _NAME,
    {"type": "string", "enum": list(TYPES), "default": "csv"},
    description="CSV, or JSON Lines: an object a line.",
)
_HOW = (
    f"A file of {MOST_ROWS:,} rows at most, newest first, with the filters of the list. In CSV, a "
    "text that a spreadsheet would take for a formula, or that begins with an apostrophe, has an "
    "apostrophe before it. One at a time."
)
FILES = {(200, media_type.partition(";")[0]): OpenApiTypes.BINARY for media_type in TYPES.values()}


class _FileTypeSerializer(serializers.Serializer[Any]):
    file_type = NamedChoiceField(list(TYPES), default="csv")


class ExportView(MainView, GenericAPIView[Any]):
    """A list as a file.

    Attributes:
        order: the time that the list is ordered by.
        columns: paths of the columns, by their names in the file.
        derived: further columns, or other values of some: functions of a row's columns, by name.
    """

    scopes = (Scope.ANALYTICS,)
    documented_errors = {"GET": (ExportTooLarge, ExportInProgress, ExportsBusy)}
    content_negotiation_class = AlwaysJson  # of errors; the type of a file is `file_type`'s
    filter_backends = (DjangoFilterBackend,)
    filterset_class: ClassVar[type[Filters]]
    order: ClassVar[str]
    columns: ClassVar[Mapping[str, str]]
    derived: ClassVar[Mapping[str, Derived]] = {}

    @property
    def query_parameters(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset({*self.filterset_class.base_filters, _NAME})

    def exported(self, rows: QuerySet[Any], request: Request, name: str) -> FileResponse:
        """Return the file of these rows, all of which the caller may see."""
        given = {_NAME: request.query_params[_NAME]} if _NAME in request.query_params else {}
        file_type = validated(_FileTypeSerializer, given)[_NAME]
        found = self.filter_queryset(rows)
        with turns.held(client_of(request).pk):
            file = export(found, self.columns, self.derived, order=self.order, file_type=file_type)
        return FileResponse(
            file,
            as_attachment=True,
            filename=f"{name}.{file_type}",
            content_type=TYPES[file_type],
        )


def columns_of(serializer: type[serializers.ModelSerializer[Any]]) -> dict[str, str]:
    """Return the columns of an answer: their paths by their names."""
    fields = serializer().fields
    return {name: str(field.source).replace(".", "__") for name, field in fields.items()}


class AuthLogExportView(ExportView):
    """The log of ended sessions as a file."""

    queryset = SessionFact.objects.none()
    filterset_class = AuthLogFilters
    order = "ended_at"
    columns = columns_of(AuthLogSerializer)

    @extend_schema(
        operation_id="auth_log_export",
        tags=TAGS,
        summary="Export the sessions that ended",
        description=_HOW,
        parameters=[FILE_TYPE],
        filters=True,
        responses=FILES,
    )
    def get(self, request: Request) -> FileResponse:
        return self.exported(log.facts(client_of(request)), request, "auth-logs")


class AlertExportView(ExportView):
    """The security alerts as a file."""

    queryset = AlertRecord.objects.none()
    filterset_class = AlertFilters
    order = "raised_at"
    columns = columns_of(AlertSerializer) | {"resolved_by": "resolved_by"}
    derived: ClassVar = {
        "resolved_by": lambda row: resolver(row["is_resolved"], row["resolved_by"])
    }

    @extend_schema(
        operation_id="security_alert_export",
        tags=TAGS,
        summary="Export security alerts",
        description=_HOW,
        parameters=[FILE_TYPE],
        filters=True,
        responses=FILES,
    )
    def get(self, request: Request) -> FileResponse:
        return self.exported(log.alerts(client_of(request)), request, "security-alerts")


def _issues(row: Mapping[str, Any]) -> list[str]:
    given = {name: row[name] for name in ("quality", "created_at", "sample_count")}
    return quality_reports.issues_of(**given)


class DataQualityExportView(ExportView):
    """The templates with their quality as a file."""

    queryset = quality_reports.NONE
    filterset_class = TemplateFilters
    order = "created_at"
    columns = {
        "user_id": "subject__user_id",
        "enrollment_id": "enrollment__public_id",
        "quality": "quality",
        "sample_count": "sample_count",
        "liveness_verified": "liveness_verified",
        "model": "model",
        "created_at": "created_at",
    }
    derived: ClassVar = {"issues": _issues}

    @extend_schema(
        operation_id="analytics_data_quality_export",
        tags=TAGS,
        summary="Export templates with their quality",
        description=_HOW,
        parameters=[FILE_TYPE],
        filters=True,
        responses=FILES,
    )
    def get(self, request: Request) -> FileResponse:
        rows = quality_reports.templates(client_of(request))
        return self.exported(quality_reports.with_model(rows), request, "data-quality")
