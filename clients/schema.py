"""The client's token in the OpenAPI schema."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework_simplejwt.settings import api_settings


class ClientTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "clients.authentication.ClientAuthentication"
    name = "clientToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        minutes = int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds() / 60)
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": (
                "The client's token: `access` in the answer of `POST /api/core/auth/client/`, "
                f"which takes an API key and secret. It lasts {minutes} minutes; `POST "
                "/api/core/auth/token/refresh/` gives the next one. For your backend only."
            ),
        }
