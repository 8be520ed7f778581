"""Authentication as the frame pipeline sees it."""

from typing import Any

from authentication import services
from authentication.decisions import Decision, Verdict
from authentication.models import AuthenticationSession, ProbeSample
from faceplatform import prepared
from faceplatform.sessions import lifecycle
from faceplatform.sessions.models import SessionStatus, all_live
from faceplatform.sessions.outcome import Outcome
from faceplatform.sessions.reasons import ADVICE, Reason
from faceplatform.sessions.registry import SessionKind


class AuthenticationKind(SessionKind[AuthenticationSession, ProbeSample]):
    name = "authentication"
    session_model = AuthenticationSession
    sample_model = ProbeSample
    users = ("subject", "matched_subject")

    def frame_limit(self, session: AuthenticationSession) -> int:
        return session.capture_policy.max_authentication_frames

    def accept(
        self,
        session: AuthenticationSession,
        sample: ProbeSample,
        samples: list[ProbeSample],
        picture: bytes,
    ) -> Outcome:
        decision = services.judge(session, samples)
        if decision is None:
            return self._fail(session, services.absence_reason(session), samples)
        session.similarity_score = decision.score
        if decision.verdict is Verdict.MATCH:
            return self._succeed(session, decision, samples)
        if decision.verdict is Verdict.NO_MATCH:
            return self._fail(session, services.non_match_reason(session), samples)
        return self._go_on(session, Reason.UNDECIDED, samples, accepted=True)

    def refuse(
        self, session: AuthenticationSession, reason: Reason, samples: list[ProbeSample]
    ) -> Outcome:
        if not samples:  # a score of those that were dropped says nothing
            session.similarity_score = None
        return self._go_on(session, reason, samples, accepted=False)

    def give_up(
        self, session: AuthenticationSession, reason: Reason, samples: list[ProbeSample]
    ) -> Outcome:
        return self._fail(session, reason, samples)

    def describe(self, session: AuthenticationSession) -> dict[str, Any]:
        matched = session.matched_subject
        return {
            "session_type": session.session_type,
            "samples_collected": session.samples_collected,
            "result": result_of(session),
            "matched_user": {"user_id": matched.user_id} if matched else None,
            "similarity_score": shown_score(session),
            "liveness_verified": session.liveness_verified,
        }

    def _succeed(
        self, session: AuthenticationSession, decision: Decision, samples: list[ProbeSample]
    ) -> Outcome:
        session.matched_subject_id = services.matched_subject_pk(decision)
        session.liveness_verified = all_live(samples)
        self._end(session, SessionStatus.COMPLETED, Reason.MATCHED, samples)
        return _outcome(
            session, samples, Reason.MATCHED, accepted=True, message="Authentication successful."
        )

    def _fail(
        self, session: AuthenticationSession, reason: Reason, samples: list[ProbeSample]
    ) -> Outcome:
        # A failure is a result, so the session is completed, as the guide has it.
        self._end(session, SessionStatus.COMPLETED, reason, samples)
        return _outcome(
            session,
            samples,
            reason,
            accepted=reason in {Reason.NO_MATCH, Reason.GALLERY_INCOMPLETE},
            message="Authentication failed.",
        )

    def _go_on(
        self,
        session: AuthenticationSession,
        reason: Reason,
        samples: list[ProbeSample],
        *,
        accepted: bool,
    ) -> Outcome:
        session.status = SessionStatus.PROCESSING
        session.samples_collected = len(samples)
        prepared.update(
            session,
            "status",
            "frames_received",
            "spoof_frames",
            "samples_collected",
            "similarity_score",
        )
        message = "Frame processed. Continue streaming..."
        if not accepted:
            message = f"Frame refused. {ADVICE[reason]}"
        return _outcome(session, samples, reason, accepted=accepted, message=message)

    def _end(
        self,
        session: AuthenticationSession,
        status: SessionStatus,
        reason: Reason,
        samples: list[ProbeSample],
    ) -> None:
        session.samples_collected = len(samples)
        lifecycle.end(
            self,
            session,
            status=status,
            reason=reason,
            similarity=session.similarity_score,
            liveness_verified=session.liveness_verified,
        )
        session.save(
            update_fields=[
                "matched_subject",
                "samples_collected",
                "similarity_score",
                "liveness_verified",
            ]
        )


def result_of(session: AuthenticationSession) -> str | None:
    """``success`` or ``failure``; None while it is open, expired or cancelled."""
    if session.status != SessionStatus.COMPLETED:
        return None
    return "success" if session.reason == Reason.MATCHED else "failure"


def shown_score(session: AuthenticationSession) -> float | None:
    score = session.similarity_score
    return None if score is None else round(score, 3)


def _outcome(
    session: AuthenticationSession,
    samples: list[ProbeSample],
    reason: Reason,
    *,
    accepted: bool,
    message: str,
) -> Outcome:
    result = result_of(session)
    matched = session.matched_subject
    failed = "User not recognized or liveness check failed."
    return Outcome(
        success=result == "success",
        accepted=accepted,
        reason=reason,
        message=message,
        samples_collected=len(samples),
        details={
            "session_type": session.session_type,
            "result": result,
            "matched_user": {"user_id": matched.user_id} if matched else None,
            "similarity_score": shown_score(session),
            "liveness_verified": session.liveness_verified,
            "error": failed if result == "failure" else None,
        },
    )
