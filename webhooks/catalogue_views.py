"""The catalogue of events."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from faceplatform.api.scopes import Scope
from faceplatform.api.views import MainView
from webhooks.catalogue import EventType
from webhooks.reference import published


def _cut(each: dict[str, Any]) -> dict[str, Any]:
    """Return an entry whose schema is cut to what needs no definitions."""
    schema = {name: each["schema"][name] for name in ("title", "type", "required")}
    return {**each, "schema": schema}


class PublishedEventSerializer(serializers.Serializer[Any]):
    """A type of event."""

    event_type = serializers.ChoiceField(choices=EventType.choices)
    family = serializers.CharField(help_text="Subscribes to all types of its family.")
    description = serializers.CharField()
    example = serializers.DictField(help_text="A body.")
    schema = serializers.DictField(help_text="JSON Schema (2020-12) of the body.")


class CatalogueSerializer(serializers.Serializer[Any]):
    results = PublishedEventSerializer(many=True)


class CatalogueView(MainView):
    """GET /api/webhooks/events/: every type of event, with an example and a schema."""

    scopes = (Scope.WEBHOOKS,)

    @extend_schema(
        operation_id="webhook_event_list",
        tags=["Webhooks"],
        summary="List the types of events",
        description="Every type that an endpoint can subscribe to, with an example and the JSON "
        "Schema of its body. `*` subscribes to all, a family such as `enrollment.*` to its types.",
        responses=CatalogueSerializer,
        examples=[
            OpenApiExample("Events", value={"results": [_cut(published()[0])]}, response_only=True)
        ],
    )
    def get(self, request: Request) -> Response:
        return Response({"results": published()})
