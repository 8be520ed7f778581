"""GET / where no older API has it: a landing page for a browser, an index for a program."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from faceplatform.api.pages import wants_page
from faceplatform.api.views import AlwaysJson

# The index's links, by the names of their addresses in urls.py.
_ALWAYS = ("health", "ready")
_DOCUMENTATION = {"public": ("schema", "swagger-ui", "redoc"), "clients": ("schema",), "off": ()}


class IndexSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.CharField()
    links = serializers.DictField(
        child=serializers.CharField(),
        help_text="Paths of health, readiness and documentation, by name.",
    )


class IndexView(APIView):
    """Asks neither database nor engine; only the cache, to count the call."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    content_negotiation_class = AlwaysJson
    is_page = True

    def get(self, request: Request) -> HttpResponseBase:
        if wants_page(request):
            return HttpResponse(_landing_page(request))
        names = (*_ALWAYS, *_DOCUMENTATION[settings.FACEPLATFORM_SCHEMA_ACCESS])
        return Response(
            {
                "name": settings.SPECTACULAR_SETTINGS["TITLE"],
                "version": settings.SPECTACULAR_SETTINGS["VERSION"],
                "links": {name: reverse(name) for name in names},
            }
        )


def _landing_page(request: Request) -> str:
    """Render without the request, whose context would read the signed-in user from the database."""
    context = {
        "version": settings.SPECTACULAR_SETTINGS["VERSION"],
        "schema_access": settings.FACEPLATFORM_SCHEMA_ACCESS,
        "origin": request.build_absolute_uri("/").removesuffix("/"),
    }
    return render_to_string("faceplatform/landing.html", context)
