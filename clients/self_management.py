"""Changes that a client makes to itself. Tier, status and limits belong to the operator."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from clients import own_policy
from clients.models import Client
from clients.own_policy import Laxer
from clients.services import publish_change, recorded_of, require_visible
from faceplatform.conf import PolicyFault, PolicyInvalid, capture_policy
from faceplatform.errors import FaceplatformError
from faceplatform.sessions.opening import obstacle_to_cameras
from faceplatform.transactions import is_conflict, retried

# The most faults that an answer lists, and the most characters of a name that it quotes.
_FAULTS, _QUOTED = 10, 100


class ClientNotFound(FaceplatformError):
    code = "client_not_found"
    status = 404
    title = "There is no such client"


class ClientNameUnavailable(FaceplatformError):
    """Says nothing about the cause: other clients' names are not the caller's business."""

    code = "client_name_unavailable"
    status = 409
    title = "This name is not available; ask the operator"


class PolicyUnusable(FaceplatformError):
    code = "policy_unusable"
    status = 409
    title = "No session would open with this policy"


class PolicyRefused(FaceplatformError):
    """The policy is not valid, or laxer than the operator allows.

    Args:
        errors: faults by the name of the field.
    """

    code = "validation_failed"
    status = 400
    title = "The request is not valid"

    def __init__(self, errors: dict[str, list[dict[str, str]]]) -> None:
        super().__init__("See errors for what is wrong with each field", extra={"errors": errors})


@retried
@transaction.atomic
def change(client_pk: int, values: dict[str, Any]) -> Client:
    """Change fields of a client: those of `clients.accounts.serializers.ChangeClientSerializer`.

    Raises:
        PolicyRefused, PolicyUnusable, ClientNameUnavailable, NameNotAllowed
    """
    client = Client.objects.select_for_update().get(pk=client_pk)
    values, before = dict(values), recorded_of(client_pk)
    if "policy" in values:
        client.own_policy = _allowed_policy(client, patch=values.pop("policy"))
    if values.get("name", client.name) != client.name:
        _require_available(client, values["name"])
    for name in ("name", "contact_name"):
        if name in values and values[name] != getattr(client, name):
            require_visible(values[name], name)
    for name, value in values.items():
        setattr(client, name, value)
    try:
        with transaction.atomic():
            client.save(update_fields=[*values, "own_policy"])
    except IntegrityError as e:
        if is_conflict(e):
            raise
        raise ClientNameUnavailable from e
    publish_change(client, before=before)
    return client


def _allowed_policy(client: Client, *, patch: dict[str, Any]) -> dict[str, Any]:
    """Return the client's overrides with a merge patch, if the operator's policy allows them.

    Raises:
        PolicyRefused, PolicyUnusable
    """
    own = own_policy.patched(client.own_policy, patch)
    try:
        laxer = own_policy.check(client.policy, own)
    except PolicyInvalid as e:
        raise PolicyRefused(_invalid(e.faults)) from e
    # An override that the operator has overruled since hinders no change of another key.
    if laxer := [fault for fault in laxer if _is_named(fault.path, patch)]:
        raise PolicyRefused(_errors(laxer))
    obstacle = obstacle_to_cameras(own_policy.effective(client.policy, own), client)
    # An obstacle in the operator's own policy is not the client's to remove.
    if obstacle is not None and obstacle_to_cameras(capture_policy(client.policy), client) is None:
        raise PolicyUnusable(f"No session would open with this policy: {obstacle.title}")
    return own


def _is_named(path: tuple[str, ...], patch: Any) -> bool:
    """Return True if the patch has a member at this path."""
    for name in path:
        if not isinstance(patch, dict) or name not in patch:
            return False
        patch = patch[name]
    return True


def _errors(laxer: Sequence[Laxer]) -> dict[str, list[dict[str, str]]]:
    return {
        _member(fault.path): [{"code": "laxer_than_operator", "message": fault.message}]
        for fault in laxer
    }


def _invalid(faults: Sequence[PolicyFault]) -> dict[str, list[dict[str, str]]]:
    return {
        _member(fault.path): [
            {"code": "unknown_field" if fault.known else "invalid", "message": _sentences(fault)}
        ]
        for fault in faults[:_FAULTS]
    }


def _member(path: Sequence[str]) -> str:
    return ".".join(("policy", *(name[:_QUOTED] for name in path)))


def _sentences(fault: PolicyFault) -> str:
    if fault.meant:
        return f"{fault.message}. Did you mean {fault.meant}?"
    if fault.known:
        return f"{fault.message}. Choose among: {', '.join(sorted(fault.known))}."
    return f"{fault.message}."


def _require_available(client: Client, name: str) -> None:
    """Refuse a name that another client has, or by which the operator's settings name a client: a
    client that takes or leaves it would be bound to an older API, or unbound.

    Raises:
        ClientNameUnavailable
    """
    bound = set(settings.FACEPLATFORM_LEGACY_DIALECTS.values())
    if {name, client.name} & bound or Client.objects.filter(name=name).exists():
        raise ClientNameUnavailable
