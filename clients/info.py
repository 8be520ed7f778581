"""The calling client, as it sees itself: name, policy, limits, usage, and its key's rights."""

from typing import Any, cast
from zoneinfo import ZoneInfo

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import usage
from clients.models import Client
from faceplatform.api.callers import ClientCaller, caller_of
from faceplatform.api.scopes import Scope
from faceplatform.api.views import MainView
from faceplatform.limits import Limits
from faceplatform.system.examples import POLICY
from faceplatform.system.serializers import PolicyField


class ClientInfoSerializer(serializers.Serializer[Any]):
    client_id = serializers.UUIDField(help_text="The audience (`aud`) of signed results.")
    name = serializers.CharField()
    tier = serializers.CharField(help_text="Sets the limits.")
    sandbox = serializers.BooleanField(help_text="Outcomes are scripted: nobody's face is seen.")
    time_zone = serializers.CharField(help_text="IANA name.")


@extend_schema_field(Limits)  # type: ignore[arg-type]  # by the extension for pydantic
class LimitsField(serializers.DictField):
    """A client's limits, whose component in the schema comes from their own model."""


class UsageTodaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField(help_text="Today, in the client's time zone.")
    calls = serializers.IntegerField()
    refused = serializers.IntegerField()
    throttled = serializers.IntegerField(help_text="Of the refused: those answered with 429.")
    unavailable = serializers.IntegerField(help_text="Of the refused: those answered with 503.")
    frames = serializers.IntegerField()
    frames_accepted = serializers.IntegerField()


class InfoSerializer(serializers.Serializer[Any]):
    client = ClientInfoSerializer()
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=list(Scope)),
        help_text="Those of the API key that the token was issued to.",
    )
    policy = PolicyField(help_text="The client's policy, defaults included.")
    limits = LimitsField(help_text="Those of the client's tier, with its own in their place.")
    usage = UsageTodaySerializer()


class InfoView(MainView):
    """The calling client and its key."""

    @extend_schema(
        operation_id="info",
        tags=["System"],
        summary="Read who is calling: the client, its policy, limits and usage, the key's scopes",
        description=(
            "`usage` is today's, without the last seconds: each process writes its own counts "
            "every few seconds. `GET /api/clients/usage/` has earlier days."
        ),
        responses=InfoSerializer,
        examples=[
            OpenApiExample(
                "A client",
                value={
                    "client": {
                        "client_id": "0c7f6a3e-2f0b-4c53-9c5e-2a3f4f7d1b11",
                        "name": "acme",
                        "tier": "standard",
                        "sandbox": False,
                        "time_zone": "Europe/Berlin",
                    },
                    "scopes": ["authenticate", "enroll"],
                    "policy": POLICY,
                    "limits": {
                        "calls_per_minute": 1200,
                        "frames_per_minute": 1200,
                        "credential_calls_per_minute": None,
                        "credential_frames_per_minute": None,
                        "users": 1000000,
                        "credentials": 100,
                        "groups": 10000,
                        "webhook_endpoints": 10,
                        "identification_lockout": "all",
                    },
                    "usage": {
                        "day": "2026-11-28",
                        "calls": 1043,
                        "refused": 12,
                        "throttled": 3,
                        "unavailable": 1,
                        "frames": 1031,
                        "frames_accepted": 874,
                    },
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
                    "sandbox": client.is_sandbox,
                    "time_zone": client.time_zone,
                },
                "scopes": sorted(caller.scopes),
                "policy": client.capture_policy.model_dump(),
                "limits": client.limits_in_force.model_dump(),
                "usage": _usage_today(client),
            }
        )


def _usage_today(client: Client) -> dict[str, Any]:
    usage.flush()
    today = timezone.now().astimezone(ZoneInfo(client.time_zone)).date()
    return {"day": today.isoformat(), **usage.totals(client.pk, today)}
