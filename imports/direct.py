"""Import of planned users one at a time, without a job: safe to interrupt and to run again."""

from time import sleep

from django.db import transaction

from clients.models import Client
from faceplatform.errors import EngineError, FaceplatformError, ModelCorrupted, ModelMissing
from faceplatform.transactions import retried
from imports import enrolling
from imports.creating import create_user
from imports.enrolling import Choices, Feeding, Outcome
from imports.models import Result
from imports.planning import PlannedImage, PlannedUser

# Together half an hour: an engine that is away for longer ends the command, which can go on later.
_PAUSES = (1, 2, 4, 8, 16, *[30] * 60)


def import_user(client: Client, user: PlannedUser, choices: Choices) -> Outcome:
    """Create or enroll one user; return the outcome.

    Raises:
        faceplatform.errors.EngineError: the engine is away.
        imports.errors.ImportFileError, OSError: an image cannot be read.
    """
    if user.fault:
        return Outcome(Result.REFUSED, user.fault)
    try:
        if not user.images:
            return _create(client, user)
        return _enroll(client, user, choices)
    except EngineError:
        raise
    except FaceplatformError as e:
        return enrolling.outcome_of(e)


@retried
@transaction.atomic
def _create(client: Client, user: PlannedUser) -> Outcome:
    return create_user(
        client,
        user.user_id,
        display_name=user.display_name,
        metadata=user.metadata,
        consent=user.consent,
    )


def _enroll(client: Client, user: PlannedUser, choices: Choices) -> Outcome:
    images = len(user.images)
    found = enrolling.obstacle(client, user.user_id, images=images, choices=choices)
    if found is not None:
        return found
    _, token = enrolling.open_session(client, user.user_id, images=images, choices=choices)
    feeding = Feeding(client, token)
    for image in user.images:
        if image.fault:
            feeding.skip(image.fault)
            continue
        if feeding.ends_with_next and (outcome := feeding.complete()) is not None:
            return outcome
        if (outcome := _patiently(feeding, image)) is not None:
            return outcome
    return feeding.end()


def _patiently(feeding: Feeding, image: PlannedImage) -> Outcome | None:
    """Post an image; while the engine is busy or away, wait."""
    data = image.read()
    pauses = iter(_PAUSES)
    while True:
        try:
            return feeding.post(data)
        except (ModelMissing, ModelCorrupted):  # waiting does not help
            raise
        except EngineError as e:
            pause = next(pauses, None)
            if pause is None:
                raise
            sleep(max(pause, e.retry_after or 0))
