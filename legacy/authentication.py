"""X-API-Key and X-API-Secret: a client's credentials without the exchange for a token."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from clients import credentials
from clients.models import Credential
from faceplatform.api.callers import ClientCaller
from faceplatform.api.throttles import FailureThrottle
from faceplatform.errors import CredentialsRefused

_MAX_LENGTH = 256


class ApiKeyAuthentication(BaseAuthentication):
    """Authentication by the pair only: a key without its secret proves nothing."""

    def authenticate(self, request: Request) -> tuple[ClientCaller, Credential] | None:
        api_key, api_secret = request.headers.get("X-API-Key"), request.headers.get("X-API-Secret")
        if api_key is None and api_secret is None:
            return None
        if not api_key or not api_secret or max(len(api_key), len(api_secret)) > _MAX_LENGTH:
            raise AuthenticationFailed("Send both X-API-Key and X-API-Secret.")
        try:
            with FailureThrottle(request, api_key).attempt(CredentialsRefused):
                credential = credentials.check(api_key=api_key, api_secret=api_secret)
            credentials.note_use(credential)
        except CredentialsRefused as e:
            raise AuthenticationFailed(e.detail) from e
        caller = ClientCaller(
            client=credential.client,
            credential=credential.public_id,
            scopes=credentials.scopes_in(credential.scopes),
        )
        return caller, credential

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
