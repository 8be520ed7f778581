"""The OpenAPI document of the older APIs and its page. Without a binding they do not exist."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request

from faceplatform.system.openapi import GuardedView, SchemaView, SwaggerView
from legacy.binding import NotBound
from legacy.schema import LegacyGenerator


class _OfBoundApis(GuardedView):
    generator = LegacyGenerator

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not settings.FACEPLATFORM_LEGACY_DIALECTS:
            raise NotBound
        super().initial(request, *args, **kwargs)


class LegacySchemaView(_OfBoundApis, SchemaView):
    """GET /api/schema/legacy/, the document."""


class LegacySwaggerView(_OfBoundApis, SwaggerView):
    """GET /api/schema/legacy/swagger-ui/, its page."""

    url_name = "legacy-schema"
