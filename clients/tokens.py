"""JWTs of clients, with their own token types and claims.

simplejwt's stock access token contains ``user_id``, and its stock authentication would take client
1 for Django's user 1.
"""

from datetime import timedelta
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token
from rest_framework_simplejwt.utils import aware_utcnow

from clients.credentials import client_of_credential
from clients.models import Client, Credential

CLAIM = "client_credential"
Kind = TypeVar("Kind", bound=Token)


class ClientAccessToken(AccessToken):
    token_type = "client_access"
    lifetime: timedelta = api_settings.ACCESS_TOKEN_LIFETIME


class ClientRefreshToken(RefreshToken):
    token_type = "client_refresh"
    access_token_class = ClientAccessToken


def issue_tokens(credential: Credential) -> dict[str, str]:
    """Return an access and a refresh token for a credential, which they name by public id."""
    refresh = ClientRefreshToken()
    refresh[CLAIM] = str(credential.public_id)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def refresh_access(raw: str) -> dict[str, str]:
    """Return a new access token for a refresh token.

    Raises:
        TokenError: the token is not a valid refresh token, or its credential is not usable.
    """
    refresh = _read(ClientRefreshToken, raw)
    client_of_token(refresh)
    return {"access": str(refresh.access_token)}


def access_token(raw: str) -> ClientAccessToken:
    """Return a client's access token that is valid now.

    The signature is verified once in each process, because the result cannot change; the expiry is
    checked each time.

    Raises:
        ExpiredTokenError: the token was valid, but has expired.
        TokenError: the token is not valid.
    """
    token = _signed(raw)
    try:
        token.check_exp(current_time=aware_utcnow())
    except TokenError as e:
        raise ExpiredTokenError("The token has expired") from e
    return token


@lru_cache(maxsize=1024)
def _signed(raw: str) -> ClientAccessToken:
    return _read(ClientAccessToken, raw)


def _read(kind: type[Kind], raw: str) -> Kind:
    """Verify and return the token.

    simplejwt and PyJWT also raise other errors, such as OverflowError for an ``exp`` after the year
    9999.

    Raises:
        TokenError
    """
    try:
        return kind(raw)  # type: ignore[arg-type]
    except (ArithmeticError, OSError, RecursionError, TypeError, ValueError) as e:
        raise TokenError("The token cannot be read") from e


def client_of_token(token: ClientAccessToken | ClientRefreshToken) -> Client:
    """Return the client of a verified token. It is read each time, so revoking acts at once.

    Raises:
        TokenError: the credential is deleted or revoked, or the client is inactive.
    """
    client = client_of_credential(credential_id(token))
    if client is None:
        raise TokenError("The token's credential is not valid")
    return client


def credential_id(token: ClientAccessToken | ClientRefreshToken) -> UUID:
    """Return the public id of a verified token's credential.

    Raises:
        TokenError: the token names none.
    """
    try:
        return UUID(str(token.get(CLAIM)))
    except ValueError as e:
        raise TokenError("The token names no credential") from e
