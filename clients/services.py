"""Services of clients and their users, for other apps."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from clients import quotas
from clients.groups.telling import publish_change as publish_group_change
from clients.models import Client, Subject, SubjectGroup
from faceplatform import characters, events
from faceplatform.errors import FaceplatformError
from faceplatform.events import GroupChange
from faceplatform.prepared import Prepared
from faceplatform.sessions.ending import cancel_all
from faceplatform.sessions.opening import obstacle_to_cameras
from faceplatform.sessions.reasons import Reason
from faceplatform.tenant import Tenant
from faceplatform.transactions import is_conflict, retried

_of_user = Prepared(
    lambda subjects, client, user_id: subjects.filter(client=client, user_id=user_id)
)
# Columns of a client whose changes are published.
_RECORDED = (
    *(
        "name",
        "is_active",
        "is_sandbox",
        "tier",
        "limits",
        "policy",
        "own_policy",
        "allowed_origins",
    ),
    *("contact_name", "contact_email", "time_zone"),
)


class UserNotFound(FaceplatformError):
    code = "user_not_found"
    status = 404
    title = "This client has no such user"


class UserInactive(FaceplatformError):
    code = "user_inactive"
    status = 403
    title = "This user is deactivated"


class UserExpired(UserInactive):
    """The user's retention has ended; housekeeping is yet to erase it."""

    code = "user_expired"
    title = "The retention of this user has ended"


class ConsentRequired(FaceplatformError):
    code = "consent_required"
    status = 409
    title = "The client's policy demands a recorded consent of the user"


class NameNotAllowed(FaceplatformError):
    """A new name has invisible characters. Existing names stay valid.

    Args:
        field: name of the field in the API.
    """

    code = "validation_failed"
    status = 400
    title = "The request is not valid"

    def __init__(self, field: str) -> None:
        self.field = field
        fault = {"code": "control", "message": characters.RULE}
        super().__init__(
            "See errors for what is wrong with each field", extra={"errors": {field: [fault]}}
        )


def require_visible(name: str, field: str) -> None:
    """Refuse a new name with invisible characters.

    Raises:
        NameNotAllowed
    """
    if characters.has_invisible(name):
        raise NameNotAllowed(field)


def client_by_name_or_id(name_or_id: str) -> Client | None:
    """Return the client with this public id or name, active or not; None if there is none."""
    with suppress(ValueError):  # not an id: a name
        if client := Client.objects.filter(public_id=UUID(name_or_id)).first():
            return client
    return Client.objects.filter(name=name_or_id).first()


def recorded_of(client_pk: int | None) -> dict[str, Any]:
    """Return the columns of a client whose changes are published; none if there is no such row."""
    if client_pk is None:
        return {}
    return Client.objects.filter(pk=client_pk).values(*_RECORDED).first() or {}


def publish_change(client: Client, *, before: Mapping[str, Any]) -> None:
    """Publish a change of a client inside the transaction that wrote it, if anything changed.

    Args:
        before: `recorded_of` the client before the change.
    """
    after = recorded_of(client.pk)
    changed = [name for name in after if name in before and before[name] != after[name]]
    if changed:
        events.publish(
            events.ClientChanged(
                client_id=client.pk,
                subject_id=None,
                at=timezone.now(),
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )
        )


@retried
@transaction.atomic
def switch_off(client: Client) -> None:
    """Deactivate a client: its credentials and tokens are refused, and its open sessions end."""
    before = recorded_of(client.pk)
    client.is_active = False
    client.save(update_fields=["is_active"])
    publish_change(client, before=before)
    cancel_all(Q(client=client), reason=Reason.CLIENT_INACTIVE)


def obstacle_of(client: Client) -> str:
    """Return the reason why the client's policy allows no session to open; "" if it does."""
    obstacle = obstacle_to_cameras(client.capture_policy, client)
    return "" if obstacle is None else f"No session will open: {obstacle.title}"


def subjects(client: Client) -> QuerySet[Subject]:
    """Return the client's users, ordered by id."""
    return Subject.objects.filter(client=client).order_by("user_id")


def find_subject(client: Tenant, user_id: str) -> Subject:
    """Return the client's user with this id, active or not.

    Raises:
        UserNotFound
    """
    subject = Subject.objects.filter(client=client.pk, user_id=user_id).first()
    if subject is None:
        raise UserNotFound
    return subject


def find_group(client: Client, name: str) -> SubjectGroup | None:
    return SubjectGroup.objects.filter(client=client, name=name).first()


@retried
def get_or_create_group(client: Client, name: str) -> SubjectGroup:
    """Return the client's group of this name; create it if necessary.

    Raises:
        NameNotAllowed, GroupLimitReached: the group is new.
    """
    group = find_group(client, name)
    return group or _create_group(client, name)


@transaction.atomic
def _create_group(client: Client, name: str) -> SubjectGroup:
    require_visible(name, "group")
    quotas.require_room_for_group(client)
    group, is_new = SubjectGroup.objects.get_or_create(client=client, name=name)
    if is_new:
        publish_group_change(group, GroupChange.CREATED)
    return group


def active_subject(client: Tenant, user_id: str) -> Subject:
    """Return the client's active user with this id.

    Raises:
        UserNotFound, UserInactive, UserExpired
    """
    return require_active(find_subject(client, user_id))


@transaction.atomic
def create_subject(client: Tenant, user_id: str, **recorded: Any) -> Subject:
    """Create a user of the client.

    Args:
        recorded: columns of what is recorded about the user.

    Raises:
        NameNotAllowed, UserLimitReached
        django.db.IntegrityError: the client has a user with this id.
    """
    require_visible(user_id, "user_id")
    quotas.take_user(client)
    subject = Subject.objects.create(client_id=client.pk, user_id=user_id, **recorded)
    events.publish(
        events.UserCreated(
            client_id=client.pk, subject_id=subject.pk, at=subject.created_at, user_id=user_id
        )
    )
    return subject


@retried
def get_or_create_subject(client: Tenant, user_id: str) -> Subject:
    """Return the client's user with this id; create it once, even for simultaneous requests.

    Raises:
        UserInactive, UserExpired, NameNotAllowed, UserLimitReached
    """
    for subject in _of_user(Subject, client.pk, user_id):
        return require_active(subject)
    try:
        with transaction.atomic():
            return create_subject(client, user_id)
    except IntegrityError as e:
        if is_conflict(e):  # not the user: the client is gone
            raise
        return get_or_create_subject(client, user_id)


def consenting_subject(client: Tenant, user_id: str) -> Subject:
    """Return the client's user with this id, whose consent is recorded. Nobody is created: an
    unknown user has given none.

    Raises:
        UserInactive, UserExpired, ConsentRequired
    """
    for subject in _of_user(Subject, client.pk, user_id):
        if not require_active(subject).has_consent:
            break
        return subject
    raise ConsentRequired


def consenting_subjects(client: Tenant) -> QuerySet[Subject]:
    """Return the client's users whose recorded consent holds now: it is not withdrawn, and their
    retention has not ended, whether or not the sweep has been here."""
    now = timezone.now()
    lasting = Q(expires_at=None) | Q(expires_at__gt=now)
    return Subject.objects.filter(lasting, client=client.pk, consent_given_at__lte=now)


def require_active(subject: Subject) -> Subject:
    """Return the user, who can enroll and match.

    Raises:
        UserInactive, UserExpired
    """
    if not subject.is_active:
        raise UserInactive
    if subject.is_expired(timezone.now()):
        raise UserExpired
    return subject
