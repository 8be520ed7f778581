"""Scopes: the parts of the API that a credential may use."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from faceplatform.errors import FaceplatformError


class Scope(StrEnum):
    """A part of the API. A credential has one or more."""

    ENROLL = "enroll"
    AUTHENTICATE = "authenticate"
    MANAGE = "manage"
    ANALYTICS = "analytics"
    WEBHOOKS = "webhooks"


ALL_SCOPES = frozenset(Scope)
# Those of which a call needs one, for all methods of a view or by method.
AcceptedScopes = tuple[Scope, ...] | Mapping[str, tuple[Scope, ...]]


class ScopeMissing(FaceplatformError):
    """The credential may not use this part of the API."""

    code = "scope_missing"
    status = 403
    title = "This API key lacks the scope for this call"


def require_scope(held: Collection[Scope], accepted: tuple[Scope, ...]) -> None:
    """Refuse a caller that holds none of the accepted scopes. No accepted scope means any caller.

    Raises:
        ScopeMissing
    """
    if accepted and set(accepted).isdisjoint(held):
        named = " or ".join(accepted)
        raise ScopeMissing(
            f"This call needs an API key with the scope {named}",
            extra={"required_scopes": [str(scope) for scope in accepted]},
        )
