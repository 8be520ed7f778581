"""Authentication as the frame pipeline sees it."""

from authentication import attempts, services
from authentication.answers import AuthenticationAnswer, AuthenticationStatus, MatchedUser
from authentication.decisions import Verdict
from authentication.models import AuthenticationSession, ProbeSample
from clients.services import UserNotFound
from faceplatform.api.scopes import Scope
from faceplatform.sessions import challenges
from faceplatform.sessions.models import SessionStatus
from faceplatform.sessions.opening import Opening
from faceplatform.sessions.reasons import (
    ADVICE,
    GESTURE_FAULTS,
    LOCKOUT_REASONS,
    SUSPICIONS,
    Reason,
)
from faceplatform.sessions.registry import SessionKind
from faceplatform.sessions.steps import Continuation, Ending, Findings, Step


class AuthenticationKind(SessionKind[AuthenticationSession, ProbeSample]):
    name = "authentication"
    scope = Scope.AUTHENTICATE
    session_model = AuthenticationSession
    sample_model = ProbeSample
    users = ("subject", "matched_subject")
    decided_fields = (
        "matched_subject",
        "similarity_score",
        "liveness_verified",
        "is_attempt",
        "attempt_address",
    )

    def reopen(self, session: AuthenticationSession, *, address: str) -> AuthenticationSession:
        if session.is_verification and session.subject is None:
            raise UserNotFound
        opened, _ = services.open_session(
            Opening.like(session, address=address),
            user_id=session.subject.user_id if session.subject else None,
            group=session.group,
            nonce=session.nonce,
        )
        return opened

    def frame_limit(self, session: AuthenticationSession) -> int:
        policy = session.capture_policy
        return policy.max_authentication_frames + challenges.further_frames(policy)

    def wanted_samples(self, session: AuthenticationSession) -> int:
        return session.capture_policy.probe_frames

    def judge(self, session: AuthenticationSession, samples: list[ProbeSample]) -> Step:
        decision = services.judge(session, samples)
        if decision is None:
            return self.fail(session, services.absence_reason(session), samples)
        if (refused := attempts.reserve(session)) is not None:
            return _untold(session, refused, samples)
        findings = Findings(similarity=decision.score)
        if decision.verdict is Verdict.UNDECIDED:
            return _undecided(findings)
        if decision.verdict is Verdict.NO_MATCH:
            return _failure(services.non_match_reason(session), findings)
        matched = services.matched_subject_pk(decision)
        barred = attempts.revoked(session) or attempts.bar_to_match(session, matched)
        if barred is not None:
            return _failure(barred, Findings())
        return Ending(
            status=SessionStatus.COMPLETED,
            reason=Reason.MATCHED,
            accepted=True,
            message="Authentication successful.",
            findings=Findings(
                similarity=decision.score,
                matched_subject_pk=matched,
                liveness_verified=challenges.checks_passed(session, samples),
            ),
        )

    def refuse(
        self, session: AuthenticationSession, reason: Reason, samples: list[ProbeSample]
    ) -> Continuation:
        if reason in SUSPICIONS or reason in GESTURE_FAULTS:
            attempts.reserve(session)  # a try of the liveness check, too
        return Continuation(
            reason=reason,
            accepted=False,
            message=f"Frame refused. {ADVICE[reason]}",
            findings=_so_far(session, samples),
        )

    def fail(
        self, session: AuthenticationSession, reason: Reason, samples: list[ProbeSample]
    ) -> Ending:
        if reason is Reason.LIVENESS_FAILED:
            attempts.reserve(session)
        return _failure(reason, _so_far(session, samples))

    def bar_to_gesture(self, session: AuthenticationSession) -> Reason | None:
        # Whoever has a recording of some gestures could open sessions until these are asked for.
        return attempts.reserve(session)

    def keep(self, session: AuthenticationSession) -> None:
        attempts.write_reserved(session)

    def store(self, session: AuthenticationSession, ending: Ending) -> None:
        attempts.settle(session, success=ending.reason is Reason.MATCHED)

    def findings(self, session: AuthenticationSession) -> Findings:
        return Findings(similarity=session.similarity_score)

    def apply(self, session: AuthenticationSession, findings: Findings) -> None:
        session.similarity_score = findings.similarity
        session.matched_subject_id = findings.matched_subject_pk
        session.liveness_verified = findings.liveness_verified

    def answer(
        self, session: AuthenticationSession, step: Step, samples: list[ProbeSample]
    ) -> AuthenticationAnswer:
        result = result_of(session)
        failed = "User not recognized or liveness check failed."
        return AuthenticationAnswer(
            success=result == "success",
            session_type=session.session_type,
            result=result,
            matched_user=_matched_user(session),
            similarity_score=shown_score(session),
            liveness_verified=challenges.shown_verified(
                session, verified=session.liveness_verified
            ),
            error=failed if result == "failure" else None,
        )

    def status(self, session: AuthenticationSession) -> AuthenticationStatus:
        return AuthenticationStatus(
            session_type=session.session_type,
            result=result_of(session),
            matched_user=_matched_user(session),
            similarity_score=shown_score(session),
            liveness_verified=challenges.shown_verified(
                session, verified=session.liveness_verified
            ),
        )


def result_of(session: AuthenticationSession) -> str | None:
    """Return ``success`` or ``failure``; None while it is open, expired or cancelled."""
    if session.status != SessionStatus.COMPLETED:
        return None
    return "success" if session.reason == Reason.MATCHED else "failure"


def shown_score(session: AuthenticationSession) -> float | None:
    score = session.similarity_score
    return None if score is None else round(score, 3)


def _so_far(session: AuthenticationSession, samples: list[ProbeSample]) -> Findings:
    """Return the last comparison's score, unless a suspicion dropped its samples."""
    return Findings(similarity=session.similarity_score if samples else None)


def _undecided(findings: Findings) -> Continuation:
    return Continuation(
        reason=Reason.UNDECIDED,
        accepted=True,
        message="Frame processed. Continue streaming...",
        findings=findings,
    )


def _untold(session: AuthenticationSession, refused: Reason, samples: list[ProbeSample]) -> Step:
    """Return the step of a session that may not tell how its frames compared: it fails after as
    many frames as any other that does not match."""
    if len(samples) < session.capture_policy.probe_frames:
        return _undecided(Findings())
    return _failure(refused, Findings())


def _failure(reason: Reason, findings: Findings) -> Ending:
    # A failure is a result, so the session is completed: the integration guide says so.
    return Ending(
        status=SessionStatus.COMPLETED,
        reason=reason,
        accepted=reason in {Reason.NO_MATCH, Reason.GALLERY_INCOMPLETE, *LOCKOUT_REASONS},
        message="Authentication failed.",
        findings=findings,
    )


def _matched_user(session: AuthenticationSession) -> MatchedUser | None:
    matched = session.matched_subject
    return MatchedUser(matched.user_id) if matched else None
