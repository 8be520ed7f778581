"""The calling client, as it sees itself: name, policy, and the rights of its key."""

from typing import Any, cast

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients.models import Client
from faceplatform.api.callers import ClientCaller, caller_of
from faceplatform.api.scopes import Scope
from faceplatform.api.views import MainView
from faceplatform.system.examples import POLICY
from faceplatform.system.serializers import PolicyField


class ClientInfoSerializer(serializers.Serializer[Any]):
    client_id = serializers.UUIDField(help_text="The audience (`aud`) of signed results.")
    name = serializers.CharField()
    tier = serializers.CharField(help_text="Sets the limits.")
    time_zone = serializers.CharField(help_text="IANA name.")


class InfoSerializer(serializers.Serializer[Any]):
    client = ClientInfoSerializer()
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=list(Scope)),
        help_text="Those of the API key that the token was issued to.",
    )
    policy = PolicyField(help_text="The client's policy, defaults included.")


class InfoView(MainView):
    """The calling client and its key."""

    @extend_schema(
        operation_id="info",
        tags=["System"],
        summary="Read who is calling: the client, its policy, and the key's scopes",
        responses=InfoSerializer,
        examples=[
            OpenApiExample(
                "A client",
                value={
                    "client": {
                        "client_id": "0c7f6a3e-2f0b-4c53-9c5e-2a3f4f7d1b11",
                        "name": "acme",
                        "tier": "standard",
                        "time_zone": "Europe/Berlin",
                    },
                    "scopes": ["authenticate", "enroll"],
                    "policy": POLICY,
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        caller = cast("ClientCaller", caller_of(request))
        client = cast("Client", caller.client)
        return Response(
            {
                "client": {
                    "client_id": str(client.public_id),
                    "name": client.name,
                    "tier": client.tier,
                    "time_zone": client.time_zone,
                },
                "scopes": sorted(caller.scopes),
                "policy": client.capture_policy.model_dump(),
            }
        )
