"""The session token, and the bodies of frames, in the OpenAPI schema."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from faceplatform.api.callers import SESSION_TOKEN_HEADER


class SessionTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "faceplatform.sessions.authentication.SessionTokenAuthentication"
    name = "sessionToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": SESSION_TOKEN_HEADER,
            "description": (
                "The token of one session: `session_token` in the answer of `POST "
                "/api/auth/enrollment/` or `POST /api/auth/authentication/`. A browser or phone "
                "posts frames with it until the session ends, and needs no other token."
            ),
        }


def require_frames(result: Any, **_: Any) -> Any:
    """Require the bodies that carry an image or a video: a hook of the generator, which requires a
    body only where one of its members is required."""
    for path in ("/api/auth/process-image/", "/api/auth/sessions/current/frames/"):
        if path in result["paths"]:
            result["paths"][path]["post"]["requestBody"]["required"] = True
    return result
