"""The addresses whose identifications failed, below `/api/clients/lockouts/`: list and unlock."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clients.lockout import services
from clients.lockout.errors import AddressNotFound
from clients.lockout.serializers import AddressSerializer, UnlockAddressSerializer
from clients.models import AddressAttempts
from faceplatform.api.callers import client_of
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.lists import ListView
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import validated

_LOCKED = {
    "address": "203.0.113.7",
    "consecutive_failures": 50,
    "locked_until": None,
    "is_locked": True,
    "failed_at": "2026-11-28T09:14:07Z",
}
_UNLOCKED = _LOCKED | {"consecutive_failures": 0, "is_locked": False, "failed_at": None}


class AddressListView(ListView):
    """The addresses from which identifications of the client failed."""

    scopes = (Scope.MANAGE,)
    queryset = AddressAttempts.objects.none()
    serializer_class = AddressSerializer

    @extend_schema(
        operation_id="lockout_address_list",
        tags=["Client Management"],
        summary="List addresses with failed identifications, those that are locked among them",
        responses=AddressSerializer(many=True),
        examples=[OpenApiExample("Locked", value=_LOCKED, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        return self.listed(services.addresses_of(client_of(request)), request)

    def get_serializer_context(self) -> dict[str, object]:
        return {**super().get_serializer_context(), "client": client_of(self.request)}


class UnlockAddressView(IdempotentWrites):
    """Ends an address's delay or lock after failed identifications."""

    scopes = (Scope.MANAGE,)
    documented_errors = {"POST": (AddressNotFound,)}

    @extend_schema(
        operation_id="lockout_address_unlock",
        tags=["Client Management"],
        summary="Unlock an address after failed identifications",
        description="Resets the count of consecutive failures, whether it is locked or not.",
        request=UnlockAddressSerializer,
        responses={200: AddressSerializer},
        examples=[
            OpenApiExample("An address", value={"address": "203.0.113.7"}, request_only=True),
            OpenApiExample("Unlocked", value=_UNLOCKED, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        client = client_of(request)
        asked = validated(UnlockAddressSerializer, request.data)
        count = services.unlock_address(client, asked["address"])
        return Response(AddressSerializer(count, context={"client": client}).data)
