"""Templates of the recognition model in use, computed from the images that enrollments kept.

After a change of the model, a user whose images were kept need not enroll again.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic, sleep

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from clients.models import Client
from enrollment import gallery, services
from enrollment.decisions import Duplicate
from enrollment.models import EnrollmentImage, EnrollmentSession, FaceTemplate
from faceplatform.conf import CapturePolicy
from faceplatform.engine.registry import get_calibration, get_engine
from faceplatform.engine.types import FrameAnalysis, Wants
from faceplatform.errors import EngineBusy, EngineError, ImageError
from faceplatform.matching.embeddings import Embedding, fuse, similarity
from faceplatform.sessions.acceptance import frame_refusal
from faceplatform.sessions.operating_point import same_person_fmr
from faceplatform.sessions.reasons import Reason
from faceplatform.transactions import retried

# Frames of open sessions go first: the longest wait for a busy engine, and the pause between tries.
_BUSY_SECONDS = 60.0
_BUSY_PAUSE_SECONDS = 0.5


class Step(StrEnum):
    """The result for one enrollment."""

    REEMBEDDED = "re-embedded"
    NOTHING = "done or removed meanwhile"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reembedded:
    """One enrollment that was looked at.

    Attributes:
        enrollment_id: its public id; "" where there was nothing to do.
        reason: stable code of the failure; "" if there was none.
    """

    step: Step
    enrollment_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A kept image, measured."""

    embedding: Embedding
    quality: float


class Unusable(Exception):
    """A kept image, or all of them, make no template; the text is the stable code of the reason."""


def done(client: Client | None) -> QuerySet[EnrollmentSession]:
    """Return the enrollments with a template of the model in use: a client's, or all."""
    return _with_template(client).filter(Exists(_own_templates()))


def pending(client: Client | None) -> QuerySet[EnrollmentSession]:
    """Return the enrollments with templates of other models only, whose images were kept."""
    return _outdated(client).filter(Exists(_images()))


def without_images(client: Client | None) -> QuerySet[EnrollmentSession]:
    """Return the enrollments with templates of other models only, and no image: their users must
    enroll again."""
    return _outdated(client).filter(~Exists(_images()))


def reembed(client: Client | None) -> Iterator[Reembedded]:
    """Re-embed what is pending, each enrollment in its own transaction.

    A run that is killed keeps its results, and the next one does not repeat them. Several may run
    at the same time.

    Raises:
        faceplatform.errors.EngineError: the engine cannot measure now.
        faceplatform.crypto.DecryptionFailed: an image cannot be unsealed with the configured keys.
    """
    keys = list(pending(client).order_by().values_list("pk", flat=True))
    # A random order for each run: two of them share the work instead of doing it twice.
    random.shuffle(keys)
    for key in keys:
        session = pending(client).filter(pk=key).first()
        yield Reembedded(Step.NOTHING) if session is None else _reembed(session)


def _reembed(session: EnrollmentSession) -> Reembedded:
    enrollment_id = str(session.public_id)
    try:
        # The slow part: no transaction is open and no row is locked.
        samples = _measure_images(session)
        return Reembedded(_write(session, samples), enrollment_id)
    except Unusable as e:
        return Reembedded(Step.FAILED, enrollment_id, str(e))


def _measure_images(session: EnrollmentSession) -> list[Sample]:
    """Measure the kept images, by the rules of their enrollment; all of them must pass."""
    policy = policy_of_images(session)
    samples: list[Sample] = []
    for image in session.images.order_by("pk"):
        sample = measure_image(image, policy)
        if samples and _is_another_person(sample, samples, policy):
            raise Unusable(Reason.DIFFERENT_PERSON.value)
        samples.append(sample)
    return samples


def policy_of_images(session: EnrollmentSession) -> CapturePolicy:
    """Return the rules of an enrollment for its kept images.

    Liveness is not judged again: the template has the result of the capture.
    """
    return session.capture_policy.model_copy(update={"liveness": "off"})


def measure_image(image: EnrollmentImage, policy: CapturePolicy) -> Sample:
    """Measure a kept image.

    Raises:
        Unusable: it cannot be decoded, or the gate refuses it.
        faceplatform.errors.EngineError: the engine cannot measure now.
        faceplatform.crypto.DecryptionFailed: it cannot be unsealed with the configured keys.
    """
    try:
        analysis = _analyze(image.unseal_column("data"))
    except ImageError as e:
        raise Unusable(e.code) from e
    refusal = frame_refusal(analysis, policy)
    if refusal is not None:
        raise Unusable(refusal.value)
    face = analysis.face
    if face is None or face.embedding is None:
        raise EngineError("The engine measured a good face without an embedding")
    return Sample(face.embedding, face.quality.unified)


def _analyze(image: bytes) -> FrameAnalysis:
    """Measure an image, waiting for a busy engine within limits."""
    give_up_at = monotonic() + _BUSY_SECONDS
    while True:
        try:
            return get_engine().measure(image, wants=Wants()).analysis
        except EngineBusy:
            if monotonic() >= give_up_at:
                raise
        sleep(_BUSY_PAUSE_SECONDS)


def _is_another_person(sample: Sample, earlier: list[Sample], policy: CapturePolicy) -> bool:
    threshold = get_calibration().threshold(
        same_person_fmr(policy), template_frames=len(earlier), probe_frames=1
    )
    return similarity(sample.embedding, fuse([e.embedding for e in earlier])) < threshold


@retried
@transaction.atomic
def _write(session: EnrollmentSession, samples: list[Sample]) -> Step:
    """Write the template unless the user has enrolled again, been erased or been re-embedded.

    Locks in the order of `services.judge`, and looks for duplicates as it does: a face that was
    enrolled under another user since the model was changed is found here.
    """
    locked = EnrollmentSession.objects.select_for_update().filter(pk=session.pk).first()
    if locked is None:
        return Step.NOTHING
    gallery.lock(locked.client_id)
    source = locked.templates.order_by("pk").first()
    if source is None or _of_model().filter(enrollment=locked).exists():
        return Step.NOTHING
    embedding = fuse([sample.embedding for sample in samples])
    verdict = services.look_for_duplicate(locked, embedding, sample_count=len(samples))
    if verdict is Duplicate.REFUSE:
        raise Unusable(Reason.DUPLICATE_FACE.value)
    if verdict is Duplicate.FLAG:
        locked.duplicate_suspected = True
        locked.save(update_fields=["duplicate_suspected"])
    services.put_template(
        locked,
        embedding,
        sample_count=len(samples),
        quality=sum(sample.quality for sample in samples) / len(samples),
        liveness_verified=source.liveness_verified,
    )
    return Step.REEMBEDDED


def _of_model() -> QuerySet[FaceTemplate]:
    return gallery.of_model(get_engine().model)


def _own_templates() -> QuerySet[FaceTemplate]:
    return _of_model().filter(enrollment=OuterRef("pk"))


def _images() -> QuerySet[EnrollmentImage]:
    return EnrollmentImage.objects.filter(session=OuterRef("pk"))


def _with_template(client: Client | None) -> QuerySet[EnrollmentSession]:
    templates = FaceTemplate.objects.filter(enrollment=OuterRef("pk"))
    # A sandbox's templates are made from no image.
    enrolled = EnrollmentSession.objects.filter(Exists(templates), client__is_sandbox=False)
    return enrolled if client is None else enrolled.filter(client=client)


def _outdated(client: Client | None) -> QuerySet[EnrollmentSession]:
    """Return the enrollments with templates of other models only."""
    return _with_template(client).filter(~Exists(_own_templates()))
