"""The data of sessions that goes with a user."""

from functools import reduce
from operator import or_

from django.db.models import Q

from faceplatform.erasure import Owner
from faceplatform.sessions import registry
from faceplatform.sessions.models import SeenFrame
from faceplatform.sessions.registry import AnyKind


def hold_sessions(subject_pk: int) -> None:
    """Hold the sessions that are about a user, or recognized it, until the transaction ends: no
    frame adds anything to them in the meantime."""
    for kind in registry.all_kinds():
        rows = kind.session_model._default_manager.select_for_update()
        list(rows.filter(_about(kind, subject_pk)).order_by("pk").values_list("pk", flat=True))


def count_samples(owner: Owner) -> int:
    """Return the number of samples in the user's open sessions."""
    return sum(
        kind.sample_model._default_manager.filter(session__subject=owner.subject_pk).count()
        for kind in registry.all_kinds()
    )


def count_seen_frames(owner: Owner) -> int:
    """Return the number of used frames that are known to show the user."""
    return SeenFrame.objects.filter(subject=owner.subject_pk).count()


def _about(kind: AnyKind, subject_pk: int) -> Q:
    return reduce(or_, (Q(**{name: subject_pk}) for name in kind.users))
