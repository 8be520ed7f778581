"""Templates written as the product writes them, without a session's frames."""

from datetime import timedelta

import numpy as np
from django.db import transaction
from django.utils import timezone

from clients.models import Subject
from enrollment import gallery
from enrollment.models import EnrollmentSession, FaceTemplate
from faceplatform.engine import testing as fake
from faceplatform.engine.testing import MODEL
from faceplatform.matching.embeddings import Embedding


def vector(seed: int) -> Embedding:
    values = np.random.default_rng(seed).standard_normal(MODEL.dimension)
    return np.asarray(values / np.linalg.norm(values), dtype=np.float32)


@transaction.atomic
def put_template(client_pk: int, user_id: str, *, seed: int, replaces: int | None = None) -> int:
    """Write a user's template, in place of the one ``replaces`` names; return its primary key."""
    if replaces is not None:
        FaceTemplate.objects.get(pk=replaces).delete()
    subject, _ = Subject.objects.get_or_create(client_id=client_pk, user_id=user_id)
    now = timezone.now()
    session = EnrollmentSession.objects.create(
        client_id=client_pk,
        subject=subject,
        token_digest=f"{user_id}-{seed}"[:64],
        status="completed",
        capture_type="api",
        model_key=str(MODEL.key),
        target_samples=1,
        created_at=now,
        expires_at=now + timedelta(minutes=10),
    )
    template = FaceTemplate(
        client_id=client_pk,
        subject=subject,
        enrollment=session,
        model_name=MODEL.name,
        model_version=MODEL.version,
        alignment=MODEL.alignment,
        dimension=MODEL.dimension,
        sample_count=1,
        quality=1.0,
        liveness_verified=False,
    )
    template.seal(vector(seed))
    template.save(force_insert=True)
    gallery.record_change(client_pk=client_pk, template_pk=template.pk)
    return template.pk


def assert_complete(client_pk: int) -> None:
    """Assert that the gallery, as this process sees it, ranks as a search over the rows does."""
    probe = fake.embedding("a probe")
    found = gallery.search(client_pk=client_pk, model=MODEL, probe=probe)
    rows = FaceTemplate.objects.filter(client=client_pk)
    expected = sorted(((float(np.dot(row.unseal(), probe)), row.pk) for row in rows), reverse=True)
    assert found.size == len(expected)
    assert [hit.template_pk for hit in found.hits] == [pk for _, pk in expected][
        : gallery.FIRST_HITS
    ]
