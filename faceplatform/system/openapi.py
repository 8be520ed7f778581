"""The OpenAPI documents and their pages, as FACEPLATFORM_SCHEMA_ACCESS allows.

Each document is made once in a process.
"""

from functools import cache
from hashlib import sha256
from threading import Lock
from types import SimpleNamespace
from typing import Any, ClassVar, NamedTuple, cast

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)
from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from faceplatform.api.addresses import AddressUnknown
from faceplatform.api.callers import IsClient
from faceplatform.api.schema_documents import MainGenerator

# drf-spectacular's generator is not thread-safe: each extension resolves its target class on first
# use and stores it, or None for a package that is not installed, in a class attribute. A second
# thread in the same step then fails on the None. Swagger UI's page uses the extensions, too.
_one_at_a_time = Lock()


class RenderedSchema(NamedTuple):
    """The schema in one format."""

    content: bytes
    etag: str


@cache
def _render(generator: Any, renderer: type[BaseRenderer]) -> RenderedSchema:
    content = cast("bytes", renderer().render(_schema(generator), None, {}))
    return RenderedSchema(content, f'"{sha256(content).hexdigest()}"')


@cache
def _schema(generator: Any) -> Any:
    return generator().get_schema(request=None, public=True)


class GuardedView(APIView):
    """A view for everybody, for clients, or for nobody, depending on FACEPLATFORM_SCHEMA_ACCESS.

    Attributes:
        generator: makes the document.
    """

    generator: ClassVar[type[SchemaGenerator]] = MainGenerator

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if settings.FACEPLATFORM_SCHEMA_ACCESS == "off":
            raise AddressUnknown
        super().initial(request, *args, **kwargs)
        with _one_at_a_time:
            _schema(self.generator)  # type: ignore[arg-type]

    def get_authenticators(self) -> list[BaseAuthentication]:
        classes = api_settings.DEFAULT_AUTHENTICATION_CLASSES if _for_clients() else []
        return [each() for each in cast("list[type[BaseAuthentication]]", classes)]

    def get_permissions(self) -> list[BasePermission]:
        return [IsClient() if _for_clients() else AllowAny()]


class _ByFormat(DefaultContentNegotiation):
    """Renders as the query's ``format`` says, or as the caller accepts."""

    settings = SimpleNamespace(URL_FORMAT_OVERRIDE="format")  # type: ignore[assignment]


class SchemaView(GuardedView):
    renderer_classes = SpectacularAPIView.renderer_classes
    content_negotiation_class = _ByFormat

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponseBase:
        renderer: BaseRenderer = request.accepted_renderer
        with _one_at_a_time:
            content, etag = _render(self.generator, type(renderer))  # type: ignore[arg-type]
        answer = HttpResponse(content, content_type=f"{renderer.media_type}; charset=utf-8")
        answer["Content-Disposition"] = f'inline; filename="faceplatform.{renderer.format}"'
        answer["Cache-Control"] = "private, no-cache" if _for_clients() else "public, max-age=300"
        answer["ETag"] = etag
        return get_conditional_response(request._request, etag=etag, response=answer) or answer  # noqa: SLF001


class SwaggerView(GuardedView, SpectacularSwaggerSplitView):
    template_name = "faceplatform/swagger_ui.html"
    template_name_js = "faceplatform/swagger_ui.js"
    is_page = True


class RedocView(GuardedView, SpectacularRedocView):
    template_name = "faceplatform/redoc.html"
    is_page = True


def _for_clients() -> bool:
    return bool(settings.FACEPLATFORM_SCHEMA_ACCESS == "clients")
