"""The audit log and the security events of the calling client."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit import counting, examples
from audit.errors import AuditEntryNotFound, SecurityEventNotFound
from audit.filters import EntryFilters, EventFilters
from audit.models import AuditEntry, SecurityEvent
from audit.serializers import AuditEntrySerializer, SecurityEventSerializer
from faceplatform.api.callers import client_of
from faceplatform.api.lists import ListView
from faceplatform.api.scopes import Scope
from faceplatform.api.views import MainView

_TAG = "Analytics"


def _entries(request: Request) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(client=client_of(request).pk)


def _events(request: Request) -> QuerySet[SecurityEvent]:
    """Return the client's events, those of the last seconds included that this process has counted;
    the other processes write theirs every few seconds."""
    counting.flush()
    rows = SecurityEvent.objects.filter(client=client_of(request).pk)
    return rows.select_related("subject")


class AuditLogListView(ListView):
    """The client's audit log."""

    scopes = (Scope.ANALYTICS,)
    queryset = AuditEntry.objects.none()
    serializer_class = AuditEntrySerializer
    filterset_class = EntryFilters
    ordering_fields = ("at",)

    @extend_schema(
        operation_id="audit_log_list",
        tags=[_TAG],
        summary="List who did what, newest first",
        description=(
            "Acts of your API keys, of holders of session tokens, and of the operator's staff on "
            "what is yours. Entries are chained by hashes, some seconds after they are written; "
            "see `sequence` and `hash`."
        ),
        examples=examples.ENTRY,
    )
    def get(self, request: Request) -> Response:
        return self.listed(_entries(request), request)


class AuditLogView(MainView):
    """One entry of the audit log."""

    scopes = (Scope.ANALYTICS,)
    documented_errors = {"GET": (AuditEntryNotFound,)}

    @extend_schema(
        operation_id="audit_log_read",
        tags=[_TAG],
        summary="Read an entry of the audit log",
        responses=AuditEntrySerializer,
        examples=examples.ENTRY,
    )
    def get(self, request: Request, entry_id: UUID) -> Response:
        entry = _entries(request).filter(public_id=entry_id).first()
        if entry is None:
            raise AuditEntryNotFound
        return Response(AuditEntrySerializer(entry).data)


class SecurityEventListView(ListView):
    """The client's security events."""

    scopes = (Scope.ANALYTICS,)
    queryset = SecurityEvent.objects.none()
    serializer_class = SecurityEventSerializer
    filterset_class = EventFilters
    ordering_fields = ("last_at",)

    @extend_schema(
        operation_id="security_event_list",
        tags=[_TAG],
        summary="List security events, newest first",
        description=(
            "What was seen of one kind, from one address, within one hour, with its count. "
            "`unknown_id` counts calls with ids that you do not have, another client's or nobody's."
        ),
        examples=examples.EVENT,
    )
    def get(self, request: Request) -> Response:
        return self.listed(_events(request), request)


class SecurityEventView(MainView):
    """One security event."""

    scopes = (Scope.ANALYTICS,)
    documented_errors = {"GET": (SecurityEventNotFound,)}

    @extend_schema(
        operation_id="security_event_read",
        tags=[_TAG],
        summary="Read a security event",
        responses=SecurityEventSerializer,
        examples=examples.EVENT,
    )
    def get(self, request: Request, event_id: UUID) -> Response:
        event = _events(request).filter(public_id=event_id).first()
        if event is None:
            raise SecurityEventNotFound
        return Response(SecurityEventSerializer(event).data)
