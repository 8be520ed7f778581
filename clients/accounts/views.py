"""Clients: each one reads and changes itself, and no other."""

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clients import self_management, stats
from clients.accounts import examples
from clients.accounts.serializers import (
    ChangeClientSerializer,
    ClientSerializer,
    StatsPeriodSerializer,
    StatsSerializer,
)
from clients.models import Client
from clients.self_management import ClientNameUnavailable, ClientNotFound, PolicyUnusable
from faceplatform.api.callers import client_of
from faceplatform.api.lists import ListView
from faceplatform.api.schema import VALIDATION_FAILED
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import validated
from faceplatform.api.views import MainView

_ID = OpenApiParameter(
    "client_id",
    UUID,
    OpenApiParameter.PATH,
    description="The `id` in the list of clients. Another client's is 404.",
)


class ClientListView(ListView):
    """The calling client, as a list of one."""

    scopes = (Scope.MANAGE,)
    queryset = Client.objects.none()
    serializer_class = ClientSerializer
    ordering_fields = ("created_at",)

    @extend_schema(
        operation_id="client_list",
        tags=["Client Management"],
        summary="List the clients that you can see: your own",
        responses=ClientSerializer(many=True),
        examples=examples.CLIENT_LIST,
    )
    def get(self, request: Request) -> Response:
        return self.listed(Client.objects.filter(pk=client_of(request).pk), request)


class ClientView(MainView):
    """The calling client. Creation, tier, status and limits are the operator's."""

    scopes = (Scope.MANAGE,)
    documented_errors = {
        "GET": (ClientNotFound,),
        "PATCH": (ClientNotFound, ClientNameUnavailable, PolicyUnusable),
    }

    @extend_schema(
        operation_id="client_read",
        tags=["Client Management"],
        summary="Read your client",
        parameters=[_ID],
        responses=ClientSerializer,
        examples=examples.CLIENT,
    )
    def get(self, request: Request, client_id: UUID) -> Response:
        return Response(ClientSerializer(_own(request, client_id)).data)

    @extend_schema(
        operation_id="client_change",
        tags=["Client Management"],
        summary="Change your client",
        description=(
            "Fields that are left out stay as they are, and so do keys of `policy` that are left "
            "out; null removes an override. Sessions that are open keep the policy that they were "
            "opened with."
        ),
        parameters=[_ID],
        request=ChangeClientSerializer,
        responses=ClientSerializer,
        examples=examples.CHANGE_CLIENT,
    )
    def patch(self, request: Request, client_id: UUID) -> Response:
        own = _own(request, client_id)
        changes = validated(ChangeClientSerializer, request.data)
        return Response(ClientSerializer(self_management.change(own.pk, changes)).data)


class ClientStatsView(MainView):
    """Totals of the calling client."""

    scopes = (Scope.MANAGE, Scope.ANALYTICS)
    query_parameters = frozenset({"days"})
    documented_errors = {"GET": (VALIDATION_FAILED, ClientNotFound)}

    @extend_schema(
        operation_id="client_stats",
        tags=["Client Management"],
        summary="Count users, credentials and sessions",
        parameters=[
            _ID,
            OpenApiParameter(
                "days",
                {"type": "integer", "minimum": 1, "maximum": stats.MOST_DAYS, "default": 30},
                description="Count the sessions that ended in so many days.",
            ),
        ],
        responses=StatsSerializer,
        examples=examples.STATS,
    )
    def get(self, request: Request, client_id: UUID) -> Response:
        own = _own(request, client_id)
        period = validated(StatsPeriodSerializer, request.query_params.dict())
        return Response(StatsSerializer(stats.of_client(own.pk, days=period["days"])).data)


def _own(request: Request, client_id: UUID) -> Client:
    """Return the calling client if the id is its own.

    Raises:
        ClientNotFound: unknown and foreign alike.
    """
    client: Any = client_of(request)
    if client.public_id != client_id:
        raise ClientNotFound
    return cast("Client", client)
