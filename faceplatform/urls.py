"""All URLs of the product; no logic."""

from django.contrib import admin
from django.urls import include, path

from faceplatform.api.response_headers import REDOC, with_policy
from faceplatform.system.icon import icon
from faceplatform.system.jwks import PublicKeysView
from faceplatform.system.metrics import metrics
from faceplatform.system.openapi import RedocView, SchemaView, SwaggerView

urlpatterns = [
    path("", include("capture.urls")),  # before the addresses of clients and of single sessions
    path("api/core/", include("clients.urls")),
    path("api/core/", include("faceplatform.system.urls")),
    path("api/core/", include("audit.urls")),
    path("api/clients/", include("imports.urls")),  # before the addresses of single users
    path("api/core/", include("authentication.core_urls")),
    path("api/clients/", include("clients.management_urls")),
    path("api/clients/", include("enrollment.user_urls")),
    path("api/clients/", include("authentication.user_urls")),
    path("api/auth/", include("faceplatform.sessions.urls")),
    path("api/auth/", include("enrollment.urls")),
    path("api/auth/", include("authentication.urls")),
    path("api/analytics/", include("analytics.urls")),
    path("api/webhooks/", include("webhooks.urls")),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("api/schema/swagger-ui/", SwaggerView.as_view(), name="swagger-ui"),
    path("api/schema/redoc/", with_policy(REDOC, RedocView.as_view()), name="redoc"),
    path(".well-known/jwks.json", PublicKeysView.as_view(), name="jwks"),
    path("metrics", metrics),
    path("admin/", admin.site.urls),
    path("favicon.ico", icon),
    path("", include("tryit.urls")),
    path("", include("legacy.urls")),
]

handler400 = "faceplatform.api.problems.bad_request"
handler403 = "faceplatform.api.problems.forbidden"
handler404 = "faceplatform.api.problems.not_found"
handler500 = "faceplatform.api.problems.server_error"
