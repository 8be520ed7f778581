from typing import ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import TokenError

from clients import credentials, tokens
from clients.serializers import (
    CredentialsSerializer,
    RefreshSerializer,
    TokenSerializer,
    TokensSerializer,
    VerifiedTokenSerializer,
)
from faceplatform import suspicion
from faceplatform.api.origins import TokenNotForBrowsers, refuse_pages
from faceplatform.api.schema import DocumentedErrors
from faceplatform.api.throttles import CallerThrottle, FailureThrottle
from faceplatform.api.validation import validated
from faceplatform.api.views import MainView
from faceplatform.errors import CredentialsRefused
from faceplatform.suspicion import Hint

_REFRESH = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiY2xpZW50X3JlZnJlc2gifQ.n3w"
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
        return Response(tokens.exchange(credential))


class _TokenView(MainView):
    """The base of views to which a token in the body is all that the caller shows."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    documented_errors: ClassVar[DocumentedErrors] = {
        "POST": (CredentialsRefused, TokenNotForBrowsers)
    }


class TokenRefreshView(_TokenView):
    """Gives new tokens for a refresh token."""

    @extend_schema(
        operation_id="auth_token_refresh",
        tags=["Authentication"],
        summary="Get a new access and refresh token",
        description=(
            "A refresh token can be used once: keep the new one. A second use ends the tokens that "
            "descend from the same exchange, access tokens included; exchange the API key and "
            "secret again. Refreshing does not prolong the life of refresh tokens, which began "
            "with the exchange."
        ),
        request=RefreshSerializer,
        responses=TokensSerializer,
        examples=[
            OpenApiExample("Refresh", value={"refresh": _JWT}, request_only=True),
            OpenApiExample(
                "New tokens", value={"access": _JWT, "refresh": _REFRESH}, response_only=True
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        refuse_pages(request)
        given = validated(RefreshSerializer, request.data)
        try:
            return Response(tokens.refresh(given["refresh"]))
        except TokenError as e:
            client_pk = tokens.client_of_refused(given["refresh"])
            suspicion.tell(Hint.TOKEN_REFUSED, client_pk=client_pk)
            raise CredentialsRefused("The refresh token is not valid or has expired") from e


class TokenVerifyView(_TokenView):
    """Says if a token is valid now."""

    @extend_schema(
        operation_id="auth_token_verify",
        tags=["Authentication"],
        summary="Check an access or refresh token",
        description="The token is not used: a refresh token can be used afterwards.",
        request=TokenSerializer,
        responses=VerifiedTokenSerializer,
        examples=[
            OpenApiExample("Token", value={"token": _JWT}, request_only=True),
            OpenApiExample(
                "Valid",
                value={
                    "valid": True,
                    "token_type": "access",
                    "expires_at": "2026-11-28T12:15:00Z",
                    "client_id": "6f1c1f0e-54d4-4b1e-8a55-0d5a3c8d7b11",
                    "scopes": ["authenticate", "enroll"],
                },
                response_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        refuse_pages(request)
        given = validated(TokenSerializer, request.data)
        try:
            described = tokens.describe(given["token"])
        except TokenError as e:
            raise CredentialsRefused("The token is not valid or has expired") from e
        answer = {
            "valid": True,
            "token_type": described.token_type,
            "expires_at": described.expires_at,
            "client_id": described.holder.client.public_id,
            "scopes": sorted(described.holder.scopes),
        }
        return Response(VerifiedTokenSerializer(answer).data)


class TokenRevokeView(_TokenView):
    """Ends the tokens of one exchange, after RFC 7009."""

    documented_errors: ClassVar[DocumentedErrors] = {"POST": (TokenNotForBrowsers,)}

    @extend_schema(
        operation_id="auth_token_revoke",
        tags=["Authentication"],
        summary="Revoke a token, and all tokens of the same exchange",
        description=(
            "Takes an access or refresh token. The answer is 200 for any text: nobody learns from "
            "it if a token was valid. The API key stays valid."
        ),
        request=TokenSerializer,
        responses={200: None},
        examples=[OpenApiExample("Token to revoke", value={"token": _REFRESH}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        refuse_pages(request)
        tokens.revoke(validated(TokenSerializer, request.data)["token"])
        return Response(status=status.HTTP_200_OK)
