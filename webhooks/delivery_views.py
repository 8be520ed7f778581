"""Deliveries: reading them with their attempts, sending them again, clearing old ones."""

from datetime import timedelta
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from faceplatform.api.callers import client_of
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.lists import ListView
from faceplatform.api.schema import VALIDATION_FAILED
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import refuse_members, validated
from faceplatform.api.views import MainView
from webhooks import deliveries, figures, requeuing, resends
from webhooks import delivery_examples as examples
from webhooks.delivery_serializers import (
    ClearedSerializer,
    ClearLogsSerializer,
    ClientWebhookStatsSerializer,
    DeliveryDetailSerializer,
    DeliverySerializer,
    EventLogSerializer,
    QueuedSerializer,
    RetryFailedSerializer,
)
from webhooks.endpoint_serializers import PeriodSerializer
from webhooks.endpoint_views import TAGS
from webhooks.errors import (
    DeliveryInProgress,
    DeliveryNotFound,
    EndpointIsDisabled,
    EndpointNotFound,
)
from webhooks.filters import DeliveryFilters, EventLogFilters, FailedFilters
from webhooks.models import Attempt, Delivery, DeliveryState
from webhooks.requeuing import Range

_ID = OpenApiParameter("delivery_id", UUID, OpenApiParameter.PATH, description="Its `id`.")
_BOUNDED = f"At most {requeuing.AT_ONCE} a call: repeat it while `has_more` is true."


class DeliveryListView(ListView):
    """A client's deliveries."""

    scopes = (Scope.WEBHOOKS,)
    queryset = Delivery.objects.none()
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilters
    ordering_fields = ("created_at",)

    @extend_schema(
        operation_id="webhook_delivery_list",
        tags=TAGS,
        summary="List deliveries, newest first",
        examples=examples.LIST,
    )
    def get(self, request: Request) -> Response:
        return self.listed(deliveries.of_client(client_of(request)).defer("body"), request)


class FailedListView(ListView):
    """A client's exhausted deliveries."""

    scopes = (Scope.WEBHOOKS,)
    queryset = Delivery.objects.none()
    serializer_class = DeliverySerializer
    filterset_class = FailedFilters
    ordering_fields = ("created_at",)

    @extend_schema(
        operation_id="webhook_failed_list",
        tags=TAGS,
        summary="List deliveries of which every attempt failed",
        examples=examples.FAILED,
    )
    def get(self, request: Request) -> Response:
        rows = deliveries.of_client(client_of(request)).defer("body")
        return self.listed(rows.filter(state=DeliveryState.EXHAUSTED), request)


class DeliveryView(MainView):
    """One delivery."""

    scopes = (Scope.WEBHOOKS,)
    documented_errors = {"GET": (DeliveryNotFound,)}

    @extend_schema(
        operation_id="webhook_delivery_read",
        tags=TAGS,
        summary="Read a delivery with its body and attempts",
        parameters=[_ID],
        responses=DeliveryDetailSerializer,
        examples=examples.READ,
    )
    def get(self, request: Request, delivery_id: UUID) -> Response:
        found = deliveries.find(client_of(request), delivery_id)
        return Response(DeliveryDetailSerializer(found).data)


class RetryView(IdempotentWrites):
    """Another delivery of the same."""

    scopes = (Scope.WEBHOOKS,)
    documented_errors = {"POST": (DeliveryNotFound, EndpointIsDisabled, DeliveryInProgress)}

    @extend_schema(
        operation_id="webhook_delivery_retry",
        tags=TAGS,
        summary="Send a delivery again, now",
        description="In any state, with the same `webhook-id` and all attempts ahead. It waits "
        "while its endpoint is paused.",
        parameters=[_ID],
        request=None,
        responses=DeliverySerializer,
        examples=examples.RETRY,
    )
    def post(self, request: Request, delivery_id: UUID) -> Response:
        refuse_members(request.data)
        client = client_of(request)
        with resends.limited(client, most=1) as resent:
            found = requeuing.retry(client, delivery_id)
            resent.number = 1
        return Response(DeliverySerializer(found).data)


class RetryFailedView(IdempotentWrites):
    """Another try for what has failed."""

    scopes = (Scope.WEBHOOKS,)
    documented_errors = {"POST": (EndpointNotFound, EndpointIsDisabled)}

    @extend_schema(
        operation_id="webhook_retry_failed",
        tags=TAGS,
        summary="Send exhausted deliveries again, the oldest first",
        description=f"Without `endpoint`, those of all endpoints but disabled ones. {_BOUNDED}",
        request=RetryFailedSerializer,
        responses=QueuedSerializer,
        examples=examples.RETRY_FAILED,
    )
    def post(self, request: Request) -> Response:
        asked = validated(RetryFailedSerializer, request.data)
        within = Range(since=asked["created_after"], until=asked["created_before"])
        client = client_of(request)
        with resends.limited(client, most=requeuing.AT_ONCE) as resent:
            done = requeuing.retry_failed(client, within, endpoint_id=asked["endpoint"])
            resent.number = done.number
        return Response(QueuedSerializer(done).data)


class EventLogView(ListView):
    """The attempts at all of a client's endpoints."""

    scopes = (Scope.WEBHOOKS,)
    queryset = Attempt.objects.none()
    serializer_class = EventLogSerializer
    filterset_class = EventLogFilters
    ordering_fields = ("at",)

    @extend_schema(
        operation_id="webhook_event_logs",
        tags=TAGS,
        summary="List attempts at all endpoints, newest first",
        examples=examples.EVENT_LOGS,
    )
    def get(self, request: Request) -> Response:
        return self.listed(deliveries.attempts_of_client(client_of(request)), request)


class StatsView(MainView):
    """Figures of a client's deliveries."""

    scopes = (Scope.WEBHOOKS,)
    query_parameters = frozenset({"days"})
    documented_errors = {"GET": (VALIDATION_FAILED,)}

    @extend_schema(
        operation_id="webhook_stats",
        tags=TAGS,
        summary="Figures of all deliveries",
        parameters=[PeriodSerializer],
        responses=ClientWebhookStatsSerializer,
        examples=examples.STATS,
    )
    def get(self, request: Request) -> Response:
        asked = validated(PeriodSerializer, request.query_params)
        told = figures.of_client(client_of(request), **asked)
        return Response(ClientWebhookStatsSerializer(told).data)


class ClearLogsView(IdempotentWrites):
    """The deletion of old deliveries."""

    scopes = (Scope.WEBHOOKS,)
    documented_errors = {"POST": (EndpointNotFound,)}

    @extend_schema(
        operation_id="webhook_clear_logs",
        tags=TAGS,
        summary="Delete finished deliveries and their attempts",
        description=f"They can be replayed no more. {_BOUNDED}",
        request=ClearLogsSerializer,
        responses=ClearedSerializer,
        examples=examples.CLEAR_LOGS,
    )
    def post(self, request: Request) -> Response:
        asked = validated(ClearLogsSerializer, request.data)
        done = requeuing.clear(
            client_of(request),
            older_than=timedelta(days=asked["older_than_days"]),
            endpoint_id=asked["endpoint"],
        )
        return Response(ClearedSerializer(done).data)
