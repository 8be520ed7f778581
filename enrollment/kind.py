"""Enrollment as the frame pipeline sees it."""

from enrollment import decisions, services
from enrollment.answers import EnrollmentAnswer, EnrollmentStatus
from enrollment.decisions import NextStep
from enrollment.models import EnrollmentImage, EnrollmentSample, EnrollmentSession
from enrollment.services import Enrolled
from faceplatform.api.scopes import Scope
from faceplatform.sessions import challenges
from faceplatform.sessions.errors import DuplicateFace
from faceplatform.sessions.models import SessionStatus
from faceplatform.sessions.opening import Opening
from faceplatform.sessions.reasons import ADVICE, Reason
from faceplatform.sessions.registry import SessionKind
from faceplatform.sessions.steps import Continuation, Ending, Findings, Step


class EnrollmentKind(SessionKind[EnrollmentSession, EnrollmentSample]):
    name = "enrollment"
    scope = Scope.ENROLL
    session_model = EnrollmentSession
    sample_model = EnrollmentSample
    decided_fields = ("duplicate_suspected",)

    def reopen(self, session: EnrollmentSession, *, address: str) -> EnrollmentSession:
        opened, _ = services.open_session(
            Opening.like(session),
            user_id=session.subject.user_id,
            target_samples=session.target_samples,
            first_only=session.first_only,
            template_expires_at=session.template_expires_at,
        )
        return opened

    def frame_limit(self, session: EnrollmentSession) -> int:
        policy = session.capture_policy
        return policy.max_enrollment_frames + challenges.further_frames(policy)

    def wanted_samples(self, session: EnrollmentSession) -> int:
        return session.needed_samples

    def judge(self, session: EnrollmentSession, samples: list[EnrollmentSample]) -> Step:
        step = decisions.next_step(collected=len(samples), target=session.needed_samples)
        if step is NextStep.COLLECT:
            message = "Frame processed. Continue streaming..."
            return Continuation(reason=Reason.ACCEPTED, accepted=True, message=message)
        judged = services.judge(session, samples)
        return judged if isinstance(judged, Enrolled) else self.fail(session, judged, samples)

    def refuse(
        self, session: EnrollmentSession, reason: Reason, samples: list[EnrollmentSample]
    ) -> Continuation:
        message = _with_advice("Frame refused.", reason)
        return Continuation(reason=reason, accepted=False, message=message)

    def fail(
        self, session: EnrollmentSession, reason: Reason, samples: list[EnrollmentSample]
    ) -> Ending:
        status, error = SessionStatus.FAILED, None
        if reason is Reason.DUPLICATE_FACE:
            error = DuplicateFace(extra={"session_status": status.value, "reason": reason.value})
        message = _with_advice("Enrollment failed.", reason)
        return Ending(status=status, reason=reason, message=message, error=error)

    def apply(self, session: EnrollmentSession, findings: Findings) -> None:
        session.duplicate_suspected = findings.duplicate_suspected

    def keeps_images(self, session: EnrollmentSession) -> bool:
        return session.capture_policy.keep_images

    def keep_image(self, session: EnrollmentSession, image: bytes) -> None:
        kept = EnrollmentImage(session=session)
        kept.seal_columns(image)
        kept.save(force_insert=True)

    def store(self, session: EnrollmentSession, ending: Ending) -> None:
        if isinstance(ending, Enrolled):
            services.replace_template(session, ending)
            services.end_others(session)

    def discard(self, session: EnrollmentSession) -> None:
        super().discard(session)
        if session.status != SessionStatus.COMPLETED:
            session.images.all().delete()

    def answer(
        self, session: EnrollmentSession, step: Step, samples: list[EnrollmentSample]
    ) -> EnrollmentAnswer:
        target = session.needed_samples
        return EnrollmentAnswer(
            success=step.accepted,
            enrollment_id=str(session.public_id),
            enrollment_progress=decisions.progress(collected=len(samples), target=target),
            enrollment_complete=session.status == SessionStatus.COMPLETED,
            target_samples=target,
            liveness_verified=challenges.shown_verified(
                session, verified=step.findings.liveness_verified
            ),
            duplicate_suspected=session.duplicate_suspected,
        )

    def status(self, session: EnrollmentSession) -> EnrollmentStatus:
        return EnrollmentStatus(
            session_type="enrollment",
            enrollment_id=str(session.public_id),
            target_samples=session.needed_samples,
        )


def _with_advice(message: str, reason: Reason) -> str:
    return f"{message} {ADVICE[reason]}".strip()
