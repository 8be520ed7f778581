"""Callers of the API: a client with its token, or the holder of one session's token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from faceplatform.addresses import network_of
from faceplatform.api.scopes import AcceptedScopes, Scope, require_scope
from faceplatform.tenant import Tenant

# Of text that is no address, such as a header that a proxy did not check.
_ADDRESS_LENGTH = 64
SESSION_TOKEN_HEADER = "X-Session-Token"  # noqa: S105  (a name, no secret)


@dataclass(frozen=True, slots=True)
class ClientCaller:
    """A client's backend, authenticated by its JWT.

    Attributes:
        credential: public id of the credential it was issued to.
        scopes: those of the credential.
    """

    client: Tenant
    credential: UUID
    scopes: frozenset[Scope]
    is_authenticated = True
    keeps_answers = True
    is_cut_off = False

    @property
    def throttle_key(self) -> str:
        return f"client:{self.client.pk}"

    def own_key(self, key: str) -> str:
        """Make an Idempotency-Key distinct from those of every other caller of the client, and of
        the client's API keys with other scopes: kept answers need the scope of their call."""
        return "\n".join((*sorted(self.scopes), key))


@dataclass(frozen=True, slots=True)
class SessionCaller:
    """A browser or phone that holds one session's token and nothing else.

    Attributes:
        keeps_answers: the session is open. Answers to an ended one's holder, who can ask for as
            long as the row exists, are not kept.
        is_cut_off: the credential that opened the session was revoked or has expired: kept answers
            are not for its holder any more.
    """

    client: Tenant
    token: str
    session_key: str
    keeps_answers: bool
    is_cut_off: bool
    is_authenticated = True

    @property
    def throttle_key(self) -> str:
        return f"session:{self.session_key}"

    def own_key(self, key: str) -> str:
        """Make an Idempotency-Key distinct from those of every other caller of the client: no key
        that is sent contains a line break."""
        return f"{self.session_key}\n{key}"


class IsClient(BasePermission):
    """Permission of a client whose credential has one of the view's ``scopes``."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller: object = request.user
        if not isinstance(caller, ClientCaller):
            return False
        require_scope(caller.scopes, scopes_of(view, request.method))
        return True


class IsClientOrSession(IsClient):
    """The same, or the holder of a session's token, who has no scopes."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller: object = request.user
        return isinstance(caller, SessionCaller) or super().has_permission(request, view)


def scopes_of(view: Any, method: str | None) -> tuple[Scope, ...]:
    """Return the scopes one of which a call needs; none of them if any credential may make it."""
    accepted: AcceptedScopes = getattr(view, "scopes", ())
    if not isinstance(accepted, Mapping):
        return accepted
    # HEAD is answered by the same code.
    return accepted.get("GET" if method == "HEAD" else method or "", ())


def caller_of(request: Request) -> ClientCaller | SessionCaller:
    """Return the caller of a view that no one else may call."""
    return cast("ClientCaller | SessionCaller", request.user)


def client_of(request: Request) -> Tenant:
    """Return the calling client, or that of the caller's session. Every query starts there."""
    return caller_of(request).client


def counted_address(request: Request, client: Tenant) -> str:
    """Return the caller's address if failed identifications count for it, as the client's limits
    say; "" if they do not. Of IPv6, it is the network."""
    mode, caller = client.limits_in_force.identification_lockout, cast("object", request.user)
    if mode == "off" or (mode == "browsers" and isinstance(caller, ClientCaller)):
        return ""
    return network_of(str(BaseThrottle().get_ident(request)))[:_ADDRESS_LENGTH]


def require_further_scope(request: Request, scope: Scope) -> None:
    """Refuse a call that needs a scope in addition to that of its view.

    Raises:
        faceplatform.api.scopes.ScopeMissing
    """
    require_scope(cast("ClientCaller", request.user).scopes, (scope,))


def credential_of(request: Request) -> UUID:
    """Return the public id of the calling credential, in a view closed to holders of sessions."""
    return cast("ClientCaller", request.user).credential
