"""Writing entries: one insert each, in the transaction of the act."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from rest_framework.throttling import BaseThrottle

from audit import chaining, keys
from audit.actions import Action, ActorType
from audit.models import AuditEntry
from faceplatform import acting, prepared, request_id
from faceplatform.api.callers import ClientCaller, SessionCaller

# Bytes of an entry's JSON, and characters of a text in it.
_MOST_BYTES, _MOST_CHARACTERS = 8192, 1000
_ADDRESS_LENGTH = 64


class Actor(NamedTuple):
    type: ActorType
    id: str = ""
    address: str = ""


SYSTEM = Actor(ActorType.SYSTEM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act to record.

    Attributes:
        client_pk: the client whose object it is about; None for the operator's own chain.
        object_type, object_id: the object, by an id that says nothing about a person. A user is
            named by ``user_id``.
        facts: what else is known, and is about no person.
        subject_pk, user_id: the user it is about. An erasure of the user removes ``user_id``,
            ``changes`` and the caller's address.
        changes: ``before`` and ``after``.
        actor: None for the caller of the request in hand, or the product itself.
    """

    action: Action
    client_pk: int | None
    at: datetime = field(default_factory=lambda: timezone.now())  # noqa: PLW0108  (the clock of the moment)
    object_type: str = ""
    object_id: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    subject_pk: int | None = None
    user_id: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    actor: Actor | None = None


def record(act: Act) -> None:
    """Insert the entry of an act, unsealed.

    Raises:
        django.db.DatabaseError: its client or user was deleted in the meantime.
    """
    actor = act.actor or current_actor()
    entry = AuditEntry(
        client_id=act.client_pk,
        at=act.at,
        action=act.action,
        actor_type=actor.type,
        actor_id=actor.id,
        object_type=act.object_type,
        object_id=act.object_id,
        request_id=_request_id(),
        facts=bounded(act.facts),
        subject_id=act.subject_pk,
        user_id=act.user_id,
        address=actor.address,
        changes=bounded(act.changes),
        salt=secrets.token_hex(16),
    )
    _commit_to(entry)
    prepared.insert(entry)


def _commit_to(entry: AuditEntry) -> None:
    entry.key_id, key = keys.current()
    written = entry.record()
    entry.commitment = written["commitment"] = chaining.commitment(written)
    entry.mac = chaining.mac(written, key)


def current_actor() -> Actor:
    """Return the caller of the request in hand, or the product itself."""
    request: Any = acting.current_request()
    if request is None:
        return SYSTEM
    address = str(BaseThrottle().get_ident(request) or "")[:_ADDRESS_LENGTH]
    caller = getattr(request, "user", None)
    if isinstance(caller, ClientCaller):
        return Actor(ActorType.CREDENTIAL, str(caller.credential), address)
    if isinstance(caller, SessionCaller):
        return Actor(ActorType.SESSION, "", address)
    if isinstance(caller, AbstractBaseUser) and caller.is_authenticated:
        return Actor(ActorType.STAFF, caller.get_username(), address)
    return Actor(ActorType.ANONYMOUS, "", address)


def _request_id() -> str:
    current = request_id.current_request_id()
    return "" if current == request_id.NONE else current


def bounded(value: Mapping[str, Any]) -> str:
    """Return an object as canonical JSON; long texts are cut, and a long object is left out."""
    if not value:
        return "{}"
    plain = json.loads(json.dumps(value, cls=DjangoJSONEncoder))
    text = chaining.canonical(_cut(plain)).decode()
    if len(text) > _MOST_BYTES:
        return chaining.canonical({"left_out_bytes": len(text)}).decode()
    return text


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _MOST_CHARACTERS else f"{value[:_MOST_CHARACTERS]}…"
    if isinstance(value, dict):
        return {key: _cut(each) for key, each in value.items()}
    return [_cut(each) for each in value] if isinstance(value, list) else value
