"""JWTs of clients. Own token types and own claims: simplejwt's stock access token carries
``user_id``, and its stock authentication would take client 1 for Django's user 1.
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
    """An access and a refresh token for one credential, named by its public id."""
    refresh = ClientRefreshToken()
    refresh[CLAIM] = str(credential.public_id)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def refresh_access(raw: str) -> dict[str, str]:
    """A new access token from a refresh token.

    Raises:
        TokenError: the token is not a valid refresh token, or its credential is of no use now.
    """
    refresh = _read(ClientRefreshToken, raw)
    client_of_token(refresh)
    return {"access": str(refresh.access_token)}


def access_token(raw: str) -> ClientAccessToken:
    """A client's access token that is valid now.

    What its signature says of it cannot change, so it is checked once a process; whether it has
    expired, each time.

    Raises:
        ExpiredTokenError: it was one.
        TokenError: it is none.
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
    """Return the token after verifying it.

    simplejwt and PyJWT let other errors out, such as OverflowError for an ``exp`` beyond year 9999.

    Raises:
        TokenError
    """
    try:
        return kind(raw)  # type: ignore[arg-type]
    except (ArithmeticError, OSError, RecursionError, TypeError, ValueError) as e:
        raise TokenError("The token cannot be read") from e


def client_of_token(token: ClientAccessToken | ClientRefreshToken) -> Client:
    """The client a verified token was issued to, read anew: revoking takes effect at once.

    Raises:
        TokenError: the credential is gone or revoked, or the client inactive.
    """
    client = client_of_credential(credential_id(token))
    if client is None:
        raise TokenError("The token's credential is not valid")
    return client


def credential_id(token: ClientAccessToken | ClientRefreshToken) -> UUID:
    """The public id of the credential that a verified token was issued to.

    Raises:
        TokenError: the token names none.
    """
    try:
        return UUID(str(token.get(CLAIM)))
    except ValueError as e:
        raise TokenError("The token names no credential") from e
