"""The kinds of sessions, found by the prefix of their tokens. Filled by the apps at start."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from faceplatform.sessions.errors import SessionNotFound
from faceplatform.sessions.models import CapturedSample, CaptureSession
from faceplatform.sessions.outcome import Outcome
from faceplatform.sessions.reasons import Reason

Session = TypeVar("Session", bound=CaptureSession)
Sample = TypeVar("Sample", bound=CapturedSample)


class SessionKind(ABC, Generic[Session, Sample]):
    """What the pipeline needs to know of one kind of session.

    ``accept`` and ``give_up`` are called inside the transaction that holds the session's row.
    """

    name: str
    session_model: type[Session]
    sample_model: type[Sample]
    # The session's foreign keys to users.
    users: tuple[str, ...] = ("subject",)

    @abstractmethod
    def frame_limit(self, session: Session) -> int:
        """Frames the session may take, refused ones included."""

    def keeps_pictures(self, session: Session) -> bool:
        """Whether pictures that are accepted shall be kept."""
        return False

    @abstractmethod
    def accept(
        self, session: Session, sample: Sample, samples: list[Sample], picture: bytes
    ) -> Outcome:
        """A good new frame: ``sample`` is saved and last in ``samples``. Decide and write.

        Args:
            picture: encoded anew; empty unless pictures are kept.
        """

    @abstractmethod
    def refuse(self, session: Session, reason: Reason, samples: list[Sample]) -> Outcome:
        """A frame that cannot be used; the session goes on."""

    @abstractmethod
    def give_up(self, session: Session, reason: Reason, samples: list[Sample]) -> Outcome:
        """The session ends without success."""

    def discard(self, session: Session) -> None:
        """Delete what was captured: the session ended, whatever way, or begins anew."""
        self.sample_model._default_manager.filter(session=session.pk).delete()

    @abstractmethod
    def describe(self, session: Session) -> dict[str, Any]:
        """What the status call adds for this kind."""


AnyKind = SessionKind[Any, Any]

_kinds: dict[str, AnyKind] = {}


def register(kind: AnyKind) -> None:
    _kinds[kind.session_model.token_prefix] = kind


def all_kinds() -> Iterable[AnyKind]:
    return _kinds.values()


def kind_for_token(token: str) -> AnyKind:
    """The kind that a token's prefix names.

    Raises:
        SessionNotFound: no kind has such tokens.
    """
    for prefix, kind in _kinds.items():
        if token.startswith(prefix):
            return kind
    raise SessionNotFound
