"""Error rates on the pictures that enrollments kept, of users with a recorded consent.

Pictures go with their enrollment, so a user has those of one session. Nothing of them leaves this
process but rates of many people.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from clients.models import Client
from clients.services import consenting_subjects
from enrollment.models import EnrollmentImage, EnrollmentSession
from enrollment.reembedding import Unusable, measure_image, policy_of_images
from faceplatform.engine.registry import get_calibration
from faceplatform.errors import FaceplatformError
from faceplatform.evaluation import promises
from faceplatform.matching.embeddings import Embedding
from faceplatform.sessions.models import SessionStatus

# Fewer could be told apart in the rates.
LEAST_PEOPLE = 10
# All pairs of their pictures take two gigabytes for a while.
MOST_PEOPLE = 2_000
MOST_PICTURES_EACH = 6  # a template of three, and three frames against it
SHIPPED = "shipped"


class TooFewPeople(FaceplatformError):
    code = "too_few_people"
    status = 409
    title = "Too few people for a rate that tells about no single one"


def enrollments(client: Client) -> QuerySet[EnrollmentSession]:
    """Return the client's enrollments with kept pictures of users with a recorded consent.

    Users whose retention has ended are left out, whether or not the sweep has been here.
    """
    now = timezone.now()
    kept = EnrollmentImage.objects.filter(session=OuterRef("pk"))
    return EnrollmentSession.objects.filter(
        Q(template_expires_at=None) | Q(template_expires_at__gt=now),
        Exists(kept),
        client=client,
        status=SessionStatus.COMPLETED,
        subject__in=consenting_subjects(client),
    )


def error_rates(
    client: Client, *, progress: Callable[[list[int]], Iterable[int]] = iter
) -> dict[str, Any]:
    """Measure the pictures of at most MOST_PEOPLE users, drawn at random.

    Args:
        progress: wraps the iteration over enrollments, for example in a progress bar.

    Returns:
        ``people``, ``pictures``, ``failures`` by reason (those of the gate, by the rules of the
        enrollment, included), ``promises`` of `evaluation.promises`, and
        the sources of the ``calibrations`` by name.

    Raises:
        TooFewPeople: fewer than LEAST_PEOPLE could be measured.
        faceplatform.errors.EngineError: the engine cannot measure now.
        faceplatform.crypto.DecryptionFailed: a picture cannot be unsealed with the configured keys.
    """
    keys = list(enrollments(client).order_by("pk").values_list("pk", flat=True))
    if len(keys) > MOST_PEOPLE:
        chosen = np.random.default_rng().choice(len(keys), MOST_PEOPLE, replace=False)
        keys = [keys[number] for number in chosen]
    found: list[tuple[int, Embedding]] = []
    failures: Counter[str] = Counter()
    for key in progress(keys):
        # Read again: consent may have been withdrawn since, or the user erased.
        session = enrollments(client).filter(pk=key).first()
        if session is None:
            continue
        policy = policy_of_images(session)
        for image in session.images.order_by("pk")[:MOST_PICTURES_EACH]:
            try:
                sample = measure_image(image, policy)
            except Unusable as e:
                failures[str(e)] += 1
            else:
                found.append((key, sample.embedding))
    people = np.unique([key for key, _ in found], return_inverse=True)[1].astype(np.int64)
    if not len(people) or people.max() + 1 < LEAST_PEOPLE:
        raise TooFewPeople
    calibration = get_calibration()
    embeddings = np.stack([embedding for _, embedding in found])
    labels = [""] * len(found)
    return {
        "people": int(people.max()) + 1,
        "pictures": len(found),
        "failures": dict(failures),
        "calibrations": {SHIPPED: calibration.source},
        "promises": promises.measure(embeddings, people, labels, {SHIPPED: calibration}),
    }
