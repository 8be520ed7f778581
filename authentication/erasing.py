"""The data of authentications that goes with a user."""

from django.db.models import QuerySet

from authentication.models import AuthenticationSession
from faceplatform import erasure
from faceplatform.erasure import Owner


def register() -> None:
    """Register the kinds of data."""
    erasure.register("authentications", _count_named)
    erasure.register("identifications", _count_matched, scrub=_forget_match)


def _count_named(owner: Owner) -> int:
    """Return the number of verifications of the user, which go with the user's row."""
    return AuthenticationSession.objects.filter(subject=owner.subject_pk).count()


def _count_matched(owner: Owner) -> int:
    """Return the number of identifications that recognized the user."""
    return _matched(owner).count()


def _forget_match(owner: Owner) -> None:
    """Leave of these identifications that somebody was recognized: no user, score, address or
    outcomes of frames, and none of the client's own values, which may name the user."""
    _matched(owner).update(
        matched_subject=None,
        similarity_score=None,
        frame_outcomes="",
        metadata={},
        nonce="",
        attempt_address="",
    )


def _matched(owner: Owner) -> QuerySet[AuthenticationSession]:
    return AuthenticationSession.objects.filter(
        matched_subject=owner.subject_pk, is_verification=False
    )
