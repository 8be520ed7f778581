"""Entries of the operator's staff: sign-ins, and acts in the admin.

An act on a client's object is in that client's chain, any other in the operator's own.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model
from django.http import HttpRequest

from audit.actions import Action, ActorType
from audit.models import AuditChain, chain_name
from audit.recording import Act, Actor, current_actor, record
from clients.models import Client, Subject
from faceplatform import suspicion
from faceplatform.acting import Deed, FactorDeed
from faceplatform.suspicion import Hint


def signed_in(user: AbstractBaseUser, **_: Any) -> None:
    """Record a sign-in: a receiver of `user_logged_in`."""
    _record_sign_in(Action.STAFF_SIGNED_IN, user)


def signed_out(user: AbstractBaseUser | None, **_: Any) -> None:
    """Record a sign-out: a receiver of `user_logged_out`."""
    if user is not None:  # nobody was signed in
        _record_sign_in(Action.STAFF_SIGNED_OUT, user)


def failed(**_: Any) -> None:
    """Count a failed sign-in: a receiver of `user_login_failed`.

    Anybody can cause one, so it is a security event, of which there is a bounded number.
    """
    suspicion.tell(Hint.STAFF_LOGIN_FAILED, client_pk=None)


def factor_told(account: AbstractBaseUser, deed: FactorDeed, **_: Any) -> None:
    """Record an act about a second factor: a receiver of `acting.second_factor_told`.

    A wrong code is the act of an unknown person, who knows the password.
    """
    record(
        Act(
            action=Action(f"staff.factor_{deed.value}"),
            client_pk=None,
            object_type="account",
            object_id=str(account.pk),
            facts={"account": account.get_username()},
        )
    )


def _record_sign_in(action: Action, user: AbstractBaseUser) -> None:
    actor = Actor(ActorType.STAFF, user.get_username(), current_actor().address)
    record(Act(action=action, client_pk=None, object_type="account", actor=actor))


def acted(
    sender: type[Model],
    request: HttpRequest,
    deed: Deed,
    rows: Iterable[Model],
    message: Any = None,
    **_: Any,
) -> None:
    """Record an act in the admin, once for each row: a receiver of `acting.staff_acted`."""
    if deed is Deed.LISTED:
        record(Act(action=Action.ADMIN_LISTED, client_pk=None, object_type=_type(sender)))
    for row in rows:
        record(_act(deed, row, message))


def _act(deed: Deed, row: Model, message: Any) -> Act:
    gone = row if deed is Deed.DELETED and isinstance(row, Client) else None
    subject = row if isinstance(row, Subject) else getattr(row, "subject", None)
    changes: dict[str, Any] = {"message": message} if message else {}
    object_id = _public_id(row)
    if isinstance(row, Subject):  # a user's id is deleted with the user
        changes["object_id"], object_id = object_id, ""
    return Act(
        action=Action(f"admin.{deed.value}"),
        # The chain of a deleted client is deleted with it.
        client_pk=None if gone else _client_of(row, subject),
        object_type=_type(type(row)),
        object_id=object_id,
        facts=_last_head(gone) if gone else getattr(row, "audit_facts", {}),
        subject_pk=subject.pk if isinstance(subject, Subject) else None,
        user_id=subject.user_id if isinstance(subject, Subject) else "",
        changes=changes,
    )


def _public_id(row: Model) -> str:
    """Return the id that the API has for a row, of images and templates that of their enrollment.

    For others: the number of the row, or nothing if it is about a user, who is named.
    """
    for owner in (row, getattr(row, "session", None), getattr(row, "enrollment", None)):
        if (public_id := getattr(owner, "public_id", None)) is not None:
            return str(public_id)
    return "" if isinstance(getattr(row, "subject", None), Subject) else str(row.pk)


def _client_of(row: Model, subject: Any) -> int | None:
    if isinstance(row, Client):
        return row.pk
    client_pk: int | None = getattr(row, "client_id", None)
    if client_pk is None and (group := getattr(row, "group", None)) is not None:
        client_pk = getattr(group, "client_id", None)
    if client_pk is None and isinstance(subject, Subject):
        client_pk = subject.client_id
    return client_pk


def _last_head(client: Client) -> dict[str, Any]:
    """Return the head of a client's chain, which is about to be deleted."""
    chain = AuditChain.objects.filter(name=chain_name(client.pk)).first()
    head = {"sequence": chain.sequence, "hash": chain.hash} if chain else {}
    return {"client_id": str(client.public_id), **head}


def _type(model: type[Model]) -> str:
    return model._meta.label_lower[:40]
