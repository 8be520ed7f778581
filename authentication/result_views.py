from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from authentication import results
from authentication.result_serializers import ExchangeSerializer, SignedResultSerializer
from clients.services import UserInactive, UserNotFound
from faceplatform.api.callers import client_of
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import validated
from faceplatform.sessions.errors import SessionNotFound

_EXAMPLES = [
    OpenApiExample(
        "A finished authentication",
        value={"session_token": "aut_Dj4-QQpO-XmhFxPRs1eWCLs4xRaUER3SvufHG2GpIx0"},
        request_only=True,
    ),
    OpenApiExample(
        "Its signed result",
        value={
            "result_token": "eyJhbGciOiJFZERTQSIsImtpZCI6InIxIn0.eyJzdWIiOiJ1LTEwMDEifQ.c2lnbmVk",
            "token_type": results.TOKEN_TYPE,
            "expires_at": "2026-11-24T22:29:33Z",
        },
        response_only=True,
    ),
]


class ExchangeView(IdempotentWrites):
    """Exchanges a successful authentication, once, for a signed result."""

    scopes = (Scope.AUTHENTICATE,)
    documented_errors = {
        "POST": (
            SessionNotFound,
            results.AuthenticationNotFinished,
            results.AuthenticationNotSuccessful,
            results.ResultTooOld,
            results.ResultAlreadyExchanged,
            UserNotFound,
            UserInactive,
        )
    }

    @extend_schema(
        operation_id="auth_user",
        tags=["Authentication"],
        summary="Exchange a successful authentication for a signed result",
        description=(
            "Once for each authentication, and within minutes of its end. Your other services "
            "verify the result with the keys of `/.well-known/jwks.json`, without a call for each: "
            "they check the signature (`EdDSA`), the header `typ`, `iss`, `aud` (your client's "
            "id), `exp`, and `nonce` where the session was opened with one."
        ),
        request=ExchangeSerializer,
        responses=SignedResultSerializer,
        examples=_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        given = validated(ExchangeSerializer, request.data)
        result = results.exchange(client=client_of(request), token=given["session_token"])
        return Response(
            {
                "result_token": result.token,
                "token_type": results.TOKEN_TYPE,
                "expires_at": result.expires_at,
            }
        )
