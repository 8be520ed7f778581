"""The session that a call of a client's backend names by its token."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.serializers import ValidationError

from faceplatform.api.callers import SESSION_TOKEN_HEADER, ClientCaller, caller_of
from faceplatform.api.scopes import require_scope
from faceplatform.sessions import registry

SESSION_TOKEN = OpenApiParameter(
    SESSION_TOKEN_HEADER,
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="Names the session. The client's token is needed as well.",
)
IN_THE_PATH = (
    "Proxies and browsers keep addresses in logs and histories: prefer "
    "`/api/auth/sessions/current/`, which takes the token in a header."
)


def named_session(request: Request) -> str:
    """Return the token in the call's header.

    Raises:
        rest_framework.serializers.ValidationError
    """
    token = request.headers.get(SESSION_TOKEN_HEADER)
    if not token:
        raise ValidationError({SESSION_TOKEN_HEADER: "This header is required."}, "required")
    return token


def require_scope_of_kind(request: Request, token: str) -> None:
    """Refuse a client whose credential lacks the scope of the session's kind.

    Raises:
        SessionNotFound: no kind has such tokens.
        faceplatform.api.scopes.ScopeMissing
    """
    caller = caller_of(request)
    if isinstance(caller, ClientCaller):
        require_scope(caller.scopes, (registry.kind_for_token(token).scope,))
