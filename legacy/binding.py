"""The client that an older API serves, and its callers. Without a binding it does not exist."""

from typing import Any

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from clients.models import Client
from clients.services import client_by_name_or_id
from faceplatform import env
from faceplatform.api.addresses import AddressUnknown
from faceplatform.api.callers import ClientCaller, scopes_of
from faceplatform.api.proxied import is_proxied
from faceplatform.api.scopes import require_scope
from faceplatform.errors import ConfigurationError, FaceplatformError


class NotBound(AddressUnknown):
    """The dialect is off: its addresses are like any that do not exist."""


class ClientUnusable(FaceplatformError):
    code = "client_unusable"
    status = 503
    title = "The client is missing or switched off"


def is_bound(dialect: str) -> bool:
    return dialect in settings.FACEPLATFORM_LEGACY_DIALECTS


def bound_client(dialect: str) -> Client:
    """Return the client a dialect is bound to by FACEPLATFORM_LEGACY_DIALECTS.

    Raises:
        NotBound: the dialect is off.
        ClientUnusable: there is no such client (any more), or it is switched off.
    """
    named = settings.FACEPLATFORM_LEGACY_DIALECTS.get(dialect)
    if named is None:
        raise NotBound
    return find_client(named)


def find_client(named: str) -> Client:
    """Return the active client of that name or public id.

    Raises:
        ClientUnusable
    """
    client = client_by_name_or_id(named)
    if client is None or not client.is_active:
        raise ClientUnusable(f"There is no active client {named!r}")
    return client


def allows_anonymous(dialect: str) -> bool:
    return dialect in settings.FACEPLATFORM_LEGACY_ANONYMOUS


def unknown_clients() -> list[str]:
    """Return a message for each dialect that is bound to a client that does not exist."""
    variable = env.name_in_use("FACEPLATFORM_LEGACY_DIALECTS")
    return [
        f"{variable} binds {dialect} to {named!r}, and there is no such client"
        for dialect, named in settings.FACEPLATFORM_LEGACY_DIALECTS.items()
        if client_by_name_or_id(named) is None
    ]


def check_bindings() -> None:
    """Refuse to start with a dialect bound to a client that does not exist.

    Raises:
        ConfigurationError: names dialect and client.
    """
    if messages := unknown_clients():
        raise ConfigurationError("\n".join(messages))


class MayCall(BasePermission):
    """Permission of the bound client, if its key has a scope of the view; or of anybody, where the
    operator allows anonymous calls."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller: object = request.user
        if isinstance(caller, ClientCaller):
            if caller.client != view.bound:
                return False
            require_scope(caller.scopes, scopes_of(view, request.method))
            return True
        return (
            allows_anonymous(view.dialect)
            and not _from_another_site(request)
            and not _through_an_unknown_proxy(request)
        )


def _through_an_unknown_proxy(request: Request) -> bool:
    """Return True if a proxy passed the request on that the operator did not declare: a service
    that is meant for loopback is then open to strangers."""
    if settings.FACEPLATFORM_TRUSTED_PROXIES:
        return False
    return is_proxied(request)


def _from_another_site(request: Request) -> bool:
    """Return True if a browser names another site's page: it must not use its visitor's network."""
    origin = request.headers.get("Origin")
    return origin is not None and origin.partition("://")[2] != request.get_host()
