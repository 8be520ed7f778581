"""JWTs of clients. Own token types and own claims: simplejwt's stock access token carries
``user_id``, and its stock authentication would take client 1 for Django's user 1.
"""

from datetime import timedelta
from uuid import UUID

from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from clients.credentials import is_usable
from clients.models import Credential

CLAIM = "client_credential"


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
    refresh = ClientRefreshToken(raw)  # type: ignore[arg-type]
    credential_of(refresh)
    return {"access": str(refresh.access_token)}


def credential_of(token: ClientAccessToken | ClientRefreshToken) -> Credential:
    """The credential a verified token was issued to, read anew: revoking takes effect at once.

    Raises:
        TokenError: it is gone, revoked, or its client inactive.
    """
    try:
        public_id = UUID(str(token.get(CLAIM)))
    except ValueError as e:
        raise TokenError("The token names no credential") from e
    try:
        credential = Credential.objects.select_related("client").get(public_id=public_id)
    except Credential.DoesNotExist as e:
        raise TokenError("The token's credential is gone") from e
    if not is_usable(credential):
        raise TokenError("The token's credential is not valid")
    return credential
