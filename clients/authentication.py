"""Authorization: Bearer <jwt> (or JWT <jwt>) -> the client that calls."""

import re

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError

from clients.tokens import ClientAccessToken, access_token, client_behind, credential_of
from faceplatform.api.callers import ClientCaller

_HEADER = re.compile(rb"(?:bearer|jwt) +([A-Za-z0-9_\-.]{1,4096})", re.IGNORECASE)


class ClientAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[ClientCaller, ClientAccessToken] | None:
        header = get_authorization_header(request)
        if not header:
            return None
        match = _HEADER.fullmatch(header.strip())
        if match is None:
            raise AuthenticationFailed("The Authorization header must be: Bearer <token>.")
        try:
            token = access_token(match[1].decode())
            caller = ClientCaller(client=client_behind(token), credential=credential_of(token))
        except TokenError as e:
            raise AuthenticationFailed("The token is not valid or has expired.") from e
        return caller, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
