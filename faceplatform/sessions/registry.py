"""The kinds of sessions, found by the prefix of their tokens. Filled by the apps at start."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from faceplatform.api.scopes import Scope
from faceplatform.prepared import Prepared
from faceplatform.sessions.errors import SessionNotFound
from faceplatform.sessions.models import CapturedSample, CaptureSession
from faceplatform.sessions.reasons import Reason
from faceplatform.sessions.steps import Continuation, Ending, Findings, Step

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Session = TypeVar("Session", bound=CaptureSession)
Sample = TypeVar("Sample", bound=CapturedSample)

_of_session = Prepared(lambda rows, session: rows.filter(session=session).order_by("pk"))


class SessionKind(ABC, Generic[Session, Sample]):
    """One kind of session, as the pipeline and `ending` see it.

    `judge`, `refuse`, `fail` and `bar_to_gesture` decide: they may hold rows, and write nothing
    that says more than that these exist; `apply` sets fields of the session in memory;
    `keep_image`, `keep`, `store` and `discard` write rows other than the session's. All run inside
    the transaction that holds the session's row.

    Attributes:
        scope: what a client's credential needs for calls about such a session.
        users: the session's foreign keys to users: the named one first.
        decided_fields: fields that only this kind has, and that a step may change.
    """

    name: str
    scope: Scope
    session_model: type[Session]
    sample_model: type[Sample]
    users: tuple[str, ...] = ("subject",)
    decided_fields: tuple[str, ...] = ()

    @abstractmethod
    def reopen(self, session: Session, *, address: str) -> Session:
        """Open another session on the terms of one that has ended, with a token that nobody gets.

        Args:
            address: of the caller, as in `Opening`.

        Raises:
            faceplatform.errors.FaceplatformError: no such session opens now.
        """

    @abstractmethod
    def frame_limit(self, session: Session) -> int:
        """Return the number of frames the session may take, refused ones included."""

    @abstractmethod
    def wanted_samples(self, session: Session) -> int:
        """Return the number of samples that a decision is made on, at most or at least."""

    @abstractmethod
    def judge(self, session: Session, samples: list[Sample]) -> Step:
        """Decide on a good new frame, the last of ``samples`` and not saved yet."""

    @abstractmethod
    def refuse(self, session: Session, reason: Reason, samples: list[Sample]) -> Continuation:
        """Return the continuation after a frame that cannot be used."""

    @abstractmethod
    def fail(self, session: Session, reason: Reason, samples: list[Sample]) -> Ending:
        """Return the ending without success."""

    def bar_to_gesture(self, session: Session) -> Reason | None:
        """Return the reason for which no gesture may be asked for; None if one is from now on."""
        return None

    def findings(self, session: Session) -> Findings:
        """Return what the session has found so far."""
        return Findings()

    @abstractmethod
    def apply(self, session: Session, findings: Findings) -> None:
        """Set the session's ``decided_fields``."""

    def keeps_images(self, session: Session) -> bool:
        """Return True if accepted images are to be kept."""
        return False

    def keep_image(self, session: Session, image: bytes) -> None:
        """Save an accepted image, as the engine encoded it."""
        raise TypeError(f"an {self.name} keeps no images")

    def keep(self, session: Session) -> None:
        """Write the rows that a step leaves after which the session goes on."""

    def store(self, session: Session, ending: Ending) -> None:
        """Write the rows that an ending leaves; the session's own is saved already."""

    def discard(self, session: Session) -> None:
        """Delete what was captured: the session has ended, in any way, or starts over."""
        self.sample_model._default_manager.filter(session=session.pk).delete()

    def samples_of(self, session: Session) -> list[Sample]:
        """Return the samples that the session holds, oldest first."""
        samples = _of_session(self.sample_model, session.pk)
        for sample in samples:
            sample.session = session
        return samples

    @abstractmethod
    def answer(self, session: Session, step: Step, samples: list[Sample]) -> "DataclassInstance":
        """Return the members of the answer to a frame that differ from kind to kind."""

    @abstractmethod
    def status(self, session: Session) -> "DataclassInstance":
        """Return the members of a session's status that differ from kind to kind."""


AnyKind = SessionKind[Any, Any]

_kinds: dict[str, AnyKind] = {}


def register(kind: AnyKind) -> None:
    _kinds[kind.session_model.token_prefix] = kind


def all_kinds() -> Iterable[AnyKind]:
    return _kinds.values()


def kind_for_token(token: str) -> AnyKind:
    """Return the kind that a token's prefix names.

    Raises:
        SessionNotFound: no kind has such tokens.
    """
    for prefix, kind in _kinds.items():
        if token.startswith(prefix):
            return kind
    raise SessionNotFound
