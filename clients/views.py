from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import TokenError

from clients import credentials, tokens
from clients.serializers import (
    AccessSerializer,
    CredentialsSerializer,
    RefreshSerializer,
    TokensSerializer,
)
from faceplatform.api.origins import TokenNotForBrowsers, refuse_pages
from faceplatform.api.throttles import CallerThrottle, FailureThrottle
from faceplatform.api.validation import validated
from faceplatform.api.views import MainView
from faceplatform.errors import CredentialsRefused

_JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiY2xpZW50X2FjY2VzcyJ9.s1gn4ture"


class ClientTokenView(MainView):
    """Exchanges an API key and secret for tokens."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (CallerThrottle,)
    documented_errors = {"POST": (CredentialsRefused, TokenNotForBrowsers)}

    @extend_schema(
        operation_id="auth_client",
        tags=["Authentication"],
        summary="Exchange an API key and secret for tokens",
        description="Failures are throttled by address and key.",
        request=CredentialsSerializer,
        responses=TokensSerializer,
        examples=[
            OpenApiExample(
                "Credentials",
                value={"api_key": "fpk_Jm0sZ…", "api_secret": "fps_5hGq…"},
                request_only=True,
            ),
            OpenApiExample("Tokens", value={"access": _JWT, "refresh": _JWT}, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        refuse_pages(request)
        given = validated(CredentialsSerializer, request.data)
        throttle = FailureThrottle(request, given["api_key"])
        with throttle.attempt(CredentialsRefused):
            credential = credentials.check(**given)
        credentials.note_use(credential)
        return Response(tokens.issue_tokens(credential))


class TokenRefreshView(MainView):
    """Gives a new access token for a refresh token."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    documented_errors = {"POST": (CredentialsRefused, TokenNotForBrowsers)}

    @extend_schema(
        operation_id="auth_token_refresh",
        tags=["Authentication"],
        summary="Get a new access token",
        request=RefreshSerializer,
        responses=AccessSerializer,
        examples=[
            OpenApiExample("Refresh", value={"refresh": _JWT}, request_only=True),
            OpenApiExample("Access", value={"access": _JWT}, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        refuse_pages(request)
        given = validated(RefreshSerializer, request.data)
        try:
            return Response(tokens.refresh_access(given["refresh"]))
        except TokenError as e:
            raise CredentialsRefused("The refresh token is not valid or has expired") from e
