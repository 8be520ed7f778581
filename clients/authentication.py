"""Authentication of clients by ``Authorization: Bearer <jwt>`` or ``JWT <jwt>``."""

import re
from hashlib import sha256

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError

from clients.tokens import ClientAccessToken, access_token, client_of_refused, holder_of
from faceplatform import suspicion
from faceplatform.api.callers import ClientCaller
from faceplatform.api.origins import refuse_pages
from faceplatform.suspicion import Hint

_HEADER = re.compile(rb"(?:bearer|jwt) +([A-Za-z0-9_\-.]{1,4096})", re.IGNORECASE)


_REFUSED = "The token is not valid or has expired."


class TokenExpired(AuthenticationFailed):
    """The token is genuine, but has expired. Each token has its own throttle key.

    If it were counted by address, a client that shares an address with an attacker would get 429
    and never learn that it must renew its token.
    """

    def __init__(self, raw: str) -> None:
        super().__init__(_REFUSED)
        self.throttle_key = f"expired:{sha256(raw.encode()).hexdigest()}"


class ClientAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[ClientCaller, ClientAccessToken] | None:
        header = get_authorization_header(request)
        if not header:
            return None
        refuse_pages(request)
        match = _HEADER.fullmatch(header.strip())
        if match is None:
            raise AuthenticationFailed("The Authorization header must be: Bearer <token>.")
        raw = match[1].decode()
        try:
            token = access_token(raw)
            client, credential, scopes = holder_of(token)
        except ExpiredTokenError as e:
            suspicion.tell(Hint.TOKEN_REFUSED, client_pk=client_of_refused(raw))
            raise TokenExpired(raw) from e
        except TokenError as e:
            suspicion.tell(Hint.TOKEN_REFUSED, client_pk=client_of_refused(raw))
            raise AuthenticationFailed(_REFUSED) from e
        return ClientCaller(client=client, credential=credential, scopes=scopes), token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
