"""What other apps may ask of clients and their users."""

from django.db import IntegrityError, transaction

from clients.models import Client, Subject
from faceplatform.errors import FaceplatformError


class UserNotFound(FaceplatformError):
    code = "user_not_found"
    status = 404
    title = "This client has no such user"


class UserInactive(FaceplatformError):
    code = "user_inactive"
    status = 403
    title = "This user is switched off"


def active_subject(client: Client, user_id: str) -> Subject:
    """The client's user of that id.

    Raises:
        UserNotFound, UserInactive
    """
    subject = Subject.objects.filter(client=client, user_id=user_id).first()
    if subject is None:
        raise UserNotFound
    return _active(subject)


def get_or_create_subject(client: Client, user_id: str) -> Subject:
    """The client's user of that id, made when unknown; two requests at once make one.

    Raises:
        UserInactive
    """
    subject = Subject.objects.filter(client=client, user_id=user_id).first()
    if subject is None:
        try:
            with transaction.atomic():
                return Subject.objects.create(client=client, user_id=user_id)
        except IntegrityError:
            subject = Subject.objects.get(client=client, user_id=user_id)
    return _active(subject)


def _active(subject: Subject) -> Subject:
    if not subject.is_active:
        raise UserInactive
    return subject
