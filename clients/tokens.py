"""JWTs of clients, with their own token types and claims.

simplejwt's stock access token contains ``user_id``, and its stock authentication would take client
1 for Django's user 1.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple, TypeVar
from uuid import UUID

from django.db import transaction
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token
from rest_framework_simplejwt.utils import aware_utcnow, datetime_to_epoch

from clients import credentials, families
from clients.credentials import Holder
from clients.families import Use
from clients.models import Credential, TokenFamily
from faceplatform.transactions import retried

CLAIM = "client_credential"
FAMILY = "client_family"
Kind = TypeVar("Kind", bound=Token)


class ClientAccessToken(AccessToken):
    token_type = "client_access"
    lifetime: timedelta = api_settings.ACCESS_TOKEN_LIFETIME


class ClientRefreshToken(RefreshToken):
    token_type = "client_refresh"
    access_token_class = ClientAccessToken


AnyToken = ClientAccessToken | ClientRefreshToken


class Described(NamedTuple):
    """A token that is valid now."""

    token_type: Literal["access", "refresh"]
    expires_at: datetime
    holder: Holder


@retried
@transaction.atomic
def exchange(credential: Credential) -> dict[str, str]:
    """Record the use of a credential that was checked; return the tokens of a new family.

    Raises:
        faceplatform.errors.CredentialsRefused: it was deleted after its check.
    """
    credentials.note_use(credential)
    return issue_tokens(credential)


def issue_tokens(credential: Credential) -> dict[str, str]:
    """Return the access and refresh token of a new family, which name the credential."""
    return _pair(families.open_family(credential), credential.public_id)


def refresh(raw: str) -> dict[str, str]:
    """Spend a refresh token; return a new access and refresh token of its family.

    Raises:
        TokenError: the token is not a valid refresh token, it was used before, or its credential is
            not usable.
    """
    given = _read(ClientRefreshToken, raw)
    holder = holder_of(given)
    outcome, family = families.use(holder, _uuid(given, FAMILY), str(given.get("jti")))
    if outcome is Use.REFUSED or family is None:
        raise TokenError("The token was used before")
    return _pair(family, holder.credential)


def _pair(family: TokenFamily, credential: UUID) -> dict[str, str]:
    token = ClientRefreshToken()
    token[CLAIM], token[FAMILY] = str(credential), str(family.public_id)
    token["jti"] = family.refresh_id
    # However often it is refreshed, a family ends, and its holder shows the secret again.
    token["exp"] = datetime_to_epoch(family.expires_at)
    return {"access": str(token.access_token), "refresh": str(token)}


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


def _read_any(raw: str) -> AnyToken:
    """Return an access or refresh token with a valid signature and expiry.

    Raises:
        TokenError
    """
    try:
        return access_token(raw)
    except TokenError:
        return _read(ClientRefreshToken, raw)


def describe(raw: str) -> Described:
    """Return the kind, expiry and holder of a token that is valid now, without using it.

    Raises:
        TokenError: no call accepts the token.
    """
    token = _read_any(raw)
    holder = holder_of(token)
    is_refresh = isinstance(token, ClientRefreshToken)
    if is_refresh and not families.is_usable(_uuid(token, FAMILY), str(token.get("jti"))):
        raise TokenError("The token was used before")
    expires_at = datetime.fromtimestamp(token["exp"], UTC)
    return Described("refresh" if is_refresh else "access", expires_at, holder)


def revoke(raw: str) -> None:
    """End the family of a token (RFC 7009). A text that is no valid token has no effect."""
    try:
        families.end(_uuid(_read_any(raw), FAMILY))
    except TokenError:
        return


def holder_of(token: AnyToken) -> Holder:
    """Return the holder of a verified token. It is read each time, so that revoking its credential
    or ending its family takes effect at once.

    Raises:
        TokenError: the credential is deleted, revoked or expired, the client is inactive, or the
            family has ended.
    """
    holder = credentials.holder_of(credential=_uuid(token, CLAIM), family=_uuid(token, FAMILY))
    if holder is None:
        raise TokenError("The token's credential is not valid")
    return holder


def client_of_refused(raw: str) -> int | None:
    """Return the key of the client that a genuine token names, although it is not valid any more;
    None for a token that is not genuine."""
    kinds: tuple[type[AnyToken], ...] = (ClientAccessToken, ClientRefreshToken)
    for kind in kinds:
        try:
            named = _uuid(_genuine(kind, raw), CLAIM)
        except TokenError:
            continue
        found = Credential.objects.filter(public_id=named)
        return found.values_list("client", flat=True).first()
    return None


def _genuine(kind: type[AnyToken], raw: str) -> AnyToken:
    """Return a token with a valid signature, which may have expired.

    Raises:
        TokenError
    """
    try:
        return _read(kind, raw)
    except ExpiredTokenError:  # which is looked for after the signature
        return kind(raw, verify=False)  # type: ignore[arg-type]


def _uuid(token: AnyToken, claim: str) -> UUID:
    """Return the id in a claim of a verified token.

    Raises:
        TokenError: the token has none.
    """
    try:
        return UUID(str(token.get(claim)))
    except ValueError as e:
        raise TokenError("The token lacks a claim") from e
