"""The log of ended sessions and the security alerts: lists, single entries, and resolving."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import log
from analytics.errors import AlertNotFound, AlertResolved, AuthLogNotFound
from analytics.examples import lists as examples
from analytics.filters import AlertFilters, AuthLogFilters
from analytics.models import AlertRecord, SessionFact
from analytics.serializers import AlertSerializer, AuthLogSerializer, ResolveAlertSerializer
from faceplatform.api.callers import client_of, credential_of
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.lists import ListView
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import validated
from faceplatform.api.views import MainView

TAGS = ["Analytics"]


class AuthLogListView(ListView):
    """A client's ended sessions."""

    scopes = (Scope.ANALYTICS,)
    queryset = SessionFact.objects.none()
    serializer_class = AuthLogSerializer
    filterset_class = AuthLogFilters
    ordering_fields = ("ended_at",)

    @extend_schema(
        operation_id="auth_log_list",
        tags=TAGS,
        summary="List the sessions that ended",
        description="Enrollments, verifications and identifications, with their scores.",
        responses=AuthLogSerializer(many=True),
        examples=examples.AUTH_LOG,
    )
    def get(self, request: Request) -> Response:
        return self.listed(log.facts(client_of(request)).select_related("subject"), request)


class AuthLogView(MainView):
    """One ended session."""

    scopes = (Scope.ANALYTICS,)
    documented_errors = {"GET": (AuthLogNotFound,)}

    @extend_schema(
        operation_id="auth_log_read",
        tags=TAGS,
        summary="Read an ended session",
        responses=AuthLogSerializer,
        examples=examples.AUTH_LOG,
    )
    def get(self, request: Request, log_id: UUID) -> Response:
        return Response(AuthLogSerializer(log.find_fact(client_of(request), log_id)).data)


class AlertListView(ListView):
    """A client's security alerts."""

    scopes = (Scope.ANALYTICS,)
    queryset = AlertRecord.objects.none()
    serializer_class = AlertSerializer
    filterset_class = AlertFilters
    ordering_fields = ("raised_at",)

    @extend_schema(
        operation_id="security_alert_list",
        tags=TAGS,
        summary="List security alerts",
        responses=AlertSerializer(many=True),
        examples=examples.ALERT,
    )
    def get(self, request: Request) -> Response:
        return self.listed(log.alerts(client_of(request)).select_related("subject"), request)


class AlertView(MainView):
    """One security alert."""

    scopes = (Scope.ANALYTICS,)
    documented_errors = {"GET": (AlertNotFound,)}

    @extend_schema(
        operation_id="security_alert_read",
        tags=TAGS,
        summary="Read a security alert",
        responses=AlertSerializer,
        examples=examples.ALERT,
    )
    def get(self, request: Request, alert_id: UUID) -> Response:
        return Response(AlertSerializer(log.find_alert(client_of(request), alert_id)).data)


class ResolveAlertView(IdempotentWrites):
    """The resolving of a security alert."""

    scopes = (Scope.ANALYTICS,)
    documented_errors = {"POST": (AlertNotFound, AlertResolved)}

    @extend_schema(
        operation_id="security_alert_resolve",
        tags=TAGS,
        summary="Resolve a security alert",
        description="Records the API key that called, the time, and your note.",
        request=ResolveAlertSerializer,
        responses=AlertSerializer,
        examples=examples.RESOLVE,
    )
    def post(self, request: Request, alert_id: UUID) -> Response:
        note = validated(ResolveAlertSerializer, request.data)["note"]
        client, by = client_of(request), credential_of(request)
        alert = log.resolve(client, alert_id, by=by, note=note)
        return Response(AlertSerializer(alert).data)
