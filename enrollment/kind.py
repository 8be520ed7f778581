"""Enrollment as the frame pipeline sees it."""

from typing import Any

from enrollment import decisions, services
from enrollment.decisions import NextStep
from enrollment.models import EnrollmentImage, EnrollmentSample, EnrollmentSession
from faceplatform import prepared
from faceplatform.sessions import lifecycle
from faceplatform.sessions.errors import DuplicateFace
from faceplatform.sessions.models import SessionStatus, all_live
from faceplatform.sessions.outcome import Outcome
from faceplatform.sessions.reasons import ADVICE, Reason
from faceplatform.sessions.registry import SessionKind


class EnrollmentKind(SessionKind[EnrollmentSession, EnrollmentSample]):
    name = "enrollment"
    session_model = EnrollmentSession
    sample_model = EnrollmentSample

    def frame_limit(self, session: EnrollmentSession) -> int:
        return session.capture_policy.max_enrollment_frames

    def keeps_pictures(self, session: EnrollmentSession) -> bool:
        return session.capture_policy.keep_images

    def accept(
        self,
        session: EnrollmentSession,
        sample: EnrollmentSample,
        samples: list[EnrollmentSample],
        picture: bytes,
    ) -> Outcome:
        if self.keeps_pictures(session):
            _keep_image(session, picture)
        session.samples_collected = len(samples)
        step = decisions.next_step(collected=len(samples), target=session.needed_samples)
        if step is NextStep.COLLECT:
            session.status = SessionStatus.PROCESSING
            self._save_progress(session)
            message = "Frame processed. Continue streaming..."
            return _outcome(session, samples, reason=Reason.ACCEPTED, message=message)
        reason = services.complete(session, samples)
        if reason is not Reason.ENROLLED:
            return self._fail(session, reason, samples)
        lifecycle.end(
            self,
            session,
            status=SessionStatus.COMPLETED,
            reason=reason,
            liveness_verified=all_live(samples),
        )
        session.save(update_fields=["samples_collected", "duplicate_suspected"])
        services.end_others(session)
        message = "Enrollment completed successfully."
        return _outcome(session, samples, reason=reason, message=message)

    def refuse(
        self, session: EnrollmentSession, reason: Reason, samples: list[EnrollmentSample]
    ) -> Outcome:
        session.status = SessionStatus.PROCESSING
        session.samples_collected = len(samples)
        self._save_progress(session)
        return _outcome(session, samples, reason=reason, message="Frame refused.", accepted=False)

    def give_up(
        self, session: EnrollmentSession, reason: Reason, samples: list[EnrollmentSample]
    ) -> Outcome:
        return self._fail(session, reason, samples)

    def discard(self, session: EnrollmentSession) -> None:
        super().discard(session)
        if session.status != SessionStatus.COMPLETED:
            session.images.all().delete()

    def describe(self, session: EnrollmentSession) -> dict[str, Any]:
        return {
            "session_type": "enrollment",
            "enrollment_id": session.public_id,
            "target_samples": session.needed_samples,
            "samples_collected": session.samples_collected,
        }

    def _save_progress(self, session: EnrollmentSession) -> None:
        prepared.update(session, "status", "frames_received", "spoof_frames", "samples_collected")

    def _fail(
        self, session: EnrollmentSession, reason: Reason, samples: list[EnrollmentSample]
    ) -> Outcome:
        session.samples_collected = len(samples)
        lifecycle.end(self, session, status=SessionStatus.FAILED, reason=reason)
        session.save(update_fields=["samples_collected"])
        error = None
        if reason is Reason.DUPLICATE_FACE:
            error = DuplicateFace(extra={"session_status": session.status, "reason": reason.value})
        return _outcome(
            session,
            samples,
            reason=reason,
            message="Enrollment failed.",
            accepted=False,
            error=error,
        )


def _outcome(
    session: EnrollmentSession,
    samples: list[EnrollmentSample],
    *,
    reason: Reason,
    message: str,
    accepted: bool = True,
    error: DuplicateFace | None = None,
) -> Outcome:
    collected = len(samples)
    return Outcome(
        success=accepted,
        accepted=accepted,
        reason=reason,
        message=message if accepted else f"{message} {ADVICE[reason]}".strip(),
        samples_collected=collected,
        details={
            "enrollment_id": str(session.public_id),
            "enrollment_progress": decisions.progress(
                collected=collected, target=session.needed_samples
            ),
            "enrollment_complete": session.status == SessionStatus.COMPLETED,
            "target_samples": session.needed_samples,
            "liveness_verified": all_live(samples),
            "duplicate_suspected": session.duplicate_suspected,
        },
        error=error,
    )


def _keep_image(session: EnrollmentSession, picture: bytes) -> None:
    image = EnrollmentImage(session=session)
    image.seal(picture)
    image.save(force_insert=True)
