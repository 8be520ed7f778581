"""The one door to templates: 1:1 reads and exact 1:N search, always within one client.

A process keeps one matrix per client and model, brought up to date before each search from the
change log in the database. Hits are confirmed by the rows that are there now, so that a template
that was removed or is past its retention is never a hit, and a switched-off user is one only for
the duplicate check.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from django.db import connection, models, transaction
from django.utils import timezone
from numpy.typing import NDArray

from enrollment.models import FaceTemplate, GalleryChange, GalleryHead
from faceplatform.matching.embeddings import Embedding
from faceplatform.matching.model import ModelKey, RecognitionModel
from faceplatform.matching.search import top_k
from faceplatform.prepared import Prepared

# Least recently used galleries are dropped above it: 512 MB hold a million templates of 128 floats.
_MAX_BYTES = 512 * 1024 * 1024

# A user's own template, the nearest other one, and one more whose threshold may be the lower one
# (thresholds depend on the frames that are fused). Each costs a pass over the scores.
FIRST_HITS = 3
# The columns of a `ModelKey`, in its order.
MODEL_FIELDS = ("model_name", "model_version", "alignment")


@dataclass(frozen=True, slots=True)
class Hit:
    """A template near a probe.

    Attributes:
        cosine: similarity of template and probe.
        sample_count: frames fused into the template: its threshold depends on it.
    """

    template_pk: int
    subject_pk: int
    cosine: float
    sample_count: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits, best first, and the number of templates that were compared."""

    hits: list[Hit]
    size: int


class _ClientGallery:
    """The templates of one client and model, in one matrix with spare rows at its end."""

    def __init__(self, client_pk: int, model: RecognitionModel) -> None:
        self.lock = Lock()
        self._client_pk = client_pk
        self._model = model
        self._clear()

    def _clear(self) -> None:
        self._sequence = 0
        self._matrix: NDArray[np.float32] = np.empty((0, self._model.dimension), np.float32)
        self._templates: list[int] = []
        self._rows: dict[int, int] = {}

    @property
    def nbytes(self) -> int:
        return self._matrix.nbytes

    @property
    def size(self) -> int:
        return len(self._templates)

    def top(self, probe: Embedding, k: int) -> list[tuple[int, float]]:
        """Return (template's primary key, cosine) of the ``k`` nearest."""
        found = top_k(self._matrix[: self.size], probe, k)
        return [(self._templates[row], cosine) for row, cosine in found]

    def top_among(
        self, templates: Iterable[int], probe: Embedding, k: int
    ) -> tuple[list[tuple[int, float]], int]:
        """Return the same among these templates, and the number of them in the gallery."""
        present = [pk for pk in templates if pk in self._rows]
        found = top_k(self._matrix[[self._rows[pk] for pk in present]], probe, k)
        return [(present[row], cosine) for row, cosine in found], len(present)

    def catch_up(self) -> None:
        """Apply the changes since the last time."""
        head = _sequence(self._client_pk)
        if head < self._sequence:  # the database was restored to an earlier state
            self._clear()
        if head == self._sequence:
            return
        templates = _templates(self._client_pk, self._model)
        if self._sequence:
            changed = set(
                GalleryChange.objects.filter(
                    client_pk=self._client_pk, sequence__gt=self._sequence, sequence__lte=head
                ).values_list("template_pk", flat=True)
            )
            templates = templates.filter(pk__in=changed)
        else:
            self._clear()  # a first load may have stopped at a template that cannot be unsealed
            changed = set()
        present = {template.pk: template for template in templates}
        for template_pk in changed - present.keys():
            self._remove(template_pk)
        self._reserve(len(present))
        for template in present.values():
            self._put(template)
        self._sequence = head

    def _reserve(self, more: int) -> None:
        needed = self.size + more
        if needed > len(self._matrix):
            grown = np.empty((max(needed, 2 * self.size, 64), self._model.dimension), np.float32)
            grown[: self.size] = self._matrix[: self.size]
            self._matrix = grown

    def _put(self, template: FaceTemplate) -> None:
        vector = template.unseal()
        row = self._rows.get(template.pk)
        if row is None:
            row = self._rows[template.pk] = self.size
            self._templates.append(template.pk)
        self._matrix[row] = vector

    def _remove(self, template_pk: int) -> None:
        """Move the last row into the gap, so that the matrix stays dense."""
        row = self._rows.pop(template_pk, None)
        if row is None:
            return
        last = self._templates.pop()
        if last != template_pk:
            self._matrix[row] = self._matrix[self.size]
            self._templates[row] = last
            self._rows[last] = row


class _Galleries:
    """The galleries of one process, least recently used first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_key: OrderedDict[tuple[int, ModelKey], _ClientGallery] = OrderedDict()

    def get(self, client_pk: int, model: RecognitionModel) -> _ClientGallery:
        key = (client_pk, model.key)
        with self._lock:
            gallery = self._by_key.setdefault(key, _ClientGallery(client_pk, model))
            self._by_key.move_to_end(key)
            while len(self._by_key) > 1 and self._total() > _MAX_BYTES:
                self._by_key.popitem(last=False)
            return gallery

    def clear(self) -> None:
        with self._lock:
            self._by_key.clear()

    def _total(self) -> int:
        return sum(gallery.nbytes for gallery in self._by_key.values())


_galleries = _Galleries()
forget_all = _galleries.clear


def search(
    *,
    client_pk: int,
    model: RecognitionModel,
    probe: Embedding,
    group_pk: int | None = None,
) -> SearchResult:
    """Return the active users of the client nearest to the probe: those who may match.

    Args:
        probe: float32, (dimension,), L2-normalized, made with ``model``.
        group_pk: only members of this group of users are compared.
    """
    gallery = _galleries.get(client_pk, model)
    with gallery.lock:
        gallery.catch_up()
        if group_pk is not None:
            return _search_group(gallery, _active_templates(client_pk, model, group_pk), probe)
        return _nearest(gallery, _active(client_pk), probe, least=1)


def search_everyone(*, client_pk: int, model: RecognitionModel, probe: Embedding) -> SearchResult:
    """Return the users of the client nearest to the probe, switched off or not, but none whose
    retention has ended.

    For the duplicate check.

    Args:
        probe: float32, (dimension,), L2-normalized, made with ``model``.
    """
    gallery = _galleries.get(client_pk, model)
    with gallery.lock:
        gallery.catch_up()
        templates = FaceTemplate.objects.filter(kept(), client=client_pk)
        return _nearest(gallery, templates, probe, least=FIRST_HITS)


def _nearest(
    gallery: _ClientGallery,
    templates: models.QuerySet[FaceTemplate],
    probe: Embedding,
    *,
    least: int,
) -> SearchResult:
    """Return the nearest among these templates, at least so many if there are as many.

    Others may fill the first places: then the search looks further.
    """
    k = FIRST_HITS
    while True:
        hits = _confirmed(templates, gallery.top(probe, k))
        if len(hits) >= least or k >= gallery.size:
            return SearchResult(hits, gallery.size)
        k *= 4


def _search_group(
    gallery: _ClientGallery, templates: Iterable[FaceTemplate], probe: Embedding
) -> SearchResult:
    """Compare with the group's templates only: nobody outside of it can displace a member."""
    members = {template.pk: template for template in templates}
    found, compared = gallery.top_among(members, probe, FIRST_HITS)
    hits = [
        Hit(pk, members[pk].subject_id, cosine, members[pk].sample_count) for pk, cosine in found
    ]
    return SearchResult(hits, compared)


def _active_templates(
    client_pk: int, model: RecognitionModel, group_pk: int
) -> models.QuerySet[FaceTemplate]:
    return (
        _templates(client_pk, model)
        .filter(may_match(), subject__groups=group_pk)
        .only("pk", "subject_id", "sample_count")
    )


def template_of(*, subject_pk: int, model: RecognitionModel) -> FaceTemplate | None:
    """Return the template made with that model of a user who is active and not locked, if there is
    one that is kept."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    return next(iter(_of_user(FaceTemplate, subject_pk, now, *model.key)), None)


def has_template(*, subject_pk: int) -> bool:
    """Return True if the user has a template of any model, switched off or not."""
    return FaceTemplate.objects.filter(kept(), subject=subject_pk).exists()


def enrolled() -> models.Exists:
    """Return the condition that a user, the row of the outer query, `has_template`."""
    return models.Exists(FaceTemplate.objects.filter(kept(), subject=models.OuterRef("pk")))


def kept(now: Any = None) -> models.Q:
    """Return the condition that the retention of a template and of its user has not ended.

    What is past its time counts as removed, although housekeeping is yet to remove it.

    Args:
        now: an expression for the time; None for the time of this call.
    """
    now = timezone.now() if now is None else now
    return (models.Q(expires_at=None) | models.Q(expires_at__gt=now)) & (
        models.Q(subject__expires_at=None) | models.Q(subject__expires_at__gt=now)
    )


def may_match(now: Any = None) -> models.Q:
    """Return the condition that a template is kept (see there) and its user active."""
    return models.Q(subject__is_active=True) & kept(now)


# Read for each frame of a verification.
_of_user = Prepared(
    lambda rows, subject, now, *key: rows.filter(
        may_match(now),
        subject=subject,
        subject__attempts__locked_at=None,
        **dict(zip(MODEL_FIELDS, key, strict=True)),
    ).order_by("pk")
)


def enrolled_users(client_pk: int) -> int:
    """Return the number of the client's users with a template of any model."""
    templates = FaceTemplate.objects.filter(client=client_pk)
    return templates.aggregate(users=models.Count("subject", distinct=True))["users"] or 0


def needs_reenrollment(*, subject_pk: int, model: RecognitionModel) -> bool:
    """Return True if the user has templates, none of them made with that model."""
    return _of_users_without(model).filter(kept(), subject=subject_pk).exists()


def is_incomplete(*, client_pk: int, model: RecognitionModel, group_pk: int | None = None) -> bool:
    """Return True if a search misses active users, who have templates of other models only.

    Args:
        group_pk: only members of this group of users are considered.
    """
    if not _has_others(client_pk, model):
        return False
    missed = _of_users_without(model).filter(may_match(), client=client_pk)
    if group_pk is not None:
        missed = missed.filter(subject__groups=group_pk)
    return missed.exists()


def changes_of(client_pk: int) -> models.QuerySet[GalleryChange]:
    """Return the log of a client's gallery."""
    return GalleryChange.objects.filter(client_pk=client_pk)


def head_of(client_pk: int) -> models.QuerySet[GalleryHead]:
    """Return the head of that log, one row or none."""
    return GalleryHead.objects.filter(client_pk=client_pk)


def lock(client_pk: int) -> GalleryHead:
    """Hold a client's gallery against other writers until the transaction ends."""
    heads = GalleryHead.objects.select_for_update()
    head = heads.filter(client_pk=client_pk).first()
    if head is None:
        GalleryHead.objects.get_or_create(client_pk=client_pk)
        head = heads.get(client_pk=client_pk)
    return head


def record_change(*, client_pk: int, template_pk: int) -> None:
    """Record, in the same transaction, that a template was added or removed."""
    with transaction.atomic():
        head = lock(client_pk)
        head.sequence += 1
        head.save(update_fields=["sequence"])
        GalleryChange.objects.create(
            client_pk=client_pk, sequence=head.sequence, template_pk=template_pk
        )


def _active(client_pk: int) -> models.QuerySet[FaceTemplate]:
    return FaceTemplate.objects.filter(may_match(), client=client_pk)


def _confirmed(
    templates: models.QuerySet[FaceTemplate], found: list[tuple[int, float]]
) -> list[Hit]:
    cosines = dict(found)
    rows = templates.filter(pk__in=cosines).only("pk", "subject_id", "sample_count")
    hits = [Hit(row.pk, row.subject_id, cosines[row.pk], row.sample_count) for row in rows]
    return sorted(hits, key=lambda hit: hit.cosine, reverse=True)


def _sequence(client_pk: int) -> int:
    head = GalleryHead.objects.filter(client_pk=client_pk).first()
    return head.sequence if head else 0


def of_model(model: RecognitionModel) -> models.QuerySet[FaceTemplate]:
    """Return the templates made with that model, of all clients."""
    return of_key(model.key)


def of_key(key: ModelKey) -> models.QuerySet[FaceTemplate]:
    """Return the templates made with the model of that key, of all clients."""
    return FaceTemplate.objects.filter(**dict(zip(MODEL_FIELDS, key, strict=True)))


def _has_others(client_pk: int, model: RecognitionModel) -> bool:
    """Return True if the client has templates of other models: the first or the last of an index
    is one of them."""
    keys = FaceTemplate.objects.filter(client=client_pk).values_list(*MODEL_FIELDS)
    ends = {keys.order_by(*MODEL_FIELDS).first(), keys.order_by(*MODEL_FIELDS).last()}
    return bool(ends - {model.key, None})


def _of_users_without(model: RecognitionModel) -> models.QuerySet[FaceTemplate]:
    """Return the templates of users who have none of that model."""
    same_user = of_model(model).filter(subject=models.OuterRef("subject"))
    return FaceTemplate.objects.filter(~models.Exists(same_user))


def _templates(client_pk: int, model: RecognitionModel) -> models.QuerySet[FaceTemplate]:
    return of_model(model).filter(client=client_pk)
