"""The abstract models of sessions and samples: each kind of session has tables of its own."""

import hashlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import numpy as np
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from numpy.typing import NDArray

from faceplatform import crypto
from faceplatform.conf import CapturePolicy
from faceplatform.engine.types import LivenessMethod
from faceplatform.matching.embeddings import Embedding, fuse
from faceplatform.matching.model import SANDBOX_PREFIX
from faceplatform.sessions.acceptance import Sample
from faceplatform.sessions.sealed import SealedRow, SealedVector


class SessionStatus(models.TextChoices):
    PENDING = "pending"  # an enrollment without a frame yet
    ACTIVE = "active"  # an authentication without a frame yet
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


OPEN_STATUSES = (SessionStatus.PENDING, SessionStatus.ACTIVE, SessionStatus.PROCESSING)


class CaptureType(models.TextChoices):
    WEBCAM = "webcam"
    MOBILE = "mobile"
    API = "api"


# The `source` of sessions opened through the main API.
MAIN_API = "api"

# The fields of any kind of session that a frame changes.
PROGRESS_FIELDS = (
    "status",
    "frames_received",
    "frames_accepted",
    "spoof_frames",
    "samples_collected",
    "stage_milliseconds",
    "liveness_state",
    "frame_outcomes",
    "liveness_nets",
)


def token_digest(token: str) -> str:
    """Return the form a session token is stored in. 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


class CaptureSession(models.Model):
    """A session that frames are posted to. The token is shown once and kept as a hash."""

    token_prefix: ClassVar[str]
    # The address that posts the frame in hand, where failures count for it; not stored.
    caller_address: str = ""
    # The second passive net was asked about the frame in hand; not stored.
    asked_second_liveness: bool = False
    subject_id: int | None

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    # Its revocation or expiry ends the session. None for calls of the older APIs, which end theirs
    # themselves.
    # RESTRICT: a session whose credential is gone would count as one that is not revoked.
    credential = models.ForeignKey(
        "clients.Credential",
        to_field="public_id",
        null=True,
        editable=False,
        on_delete=models.RESTRICT,
        related_name="+",
    )
    subject: Any  # a foreign key of the concrete model, nullable or not
    status = models.CharField(max_length=12, choices=SessionStatus.choices)
    # A `Reason`, or empty while it is open. Not as choices: a new reason needs no migration.
    reason = models.CharField(max_length=32, blank=True, default="")
    capture_type = models.CharField(max_length=8, choices=CaptureType.choices)
    # The API it was opened through. Not as choices: a new one needs no migration.
    source = models.CharField(max_length=20, default=MAIN_API)
    metadata = models.JSONField(default=dict)
    policy = models.JSONField(default=dict)
    model_key = models.CharField(max_length=100)
    frames_received = models.PositiveIntegerField(default=0)
    frames_accepted = models.PositiveIntegerField(default=0)
    spoof_frames = models.PositiveIntegerField(default=0)
    # Accepted frames less those that a suspicion dropped.
    samples_collected = models.PositiveSmallIntegerField(default=0)
    # Time in each stage of measuring, summed over the frames.
    stage_milliseconds = models.JSONField(default=dict)
    # State of the liveness checks that follow the session from frame to frame; None without any.
    # Nothing biometric: see `sessions.challenges`.
    liveness_state = models.JSONField(null=True, default=None)
    # Of each frame, for operators: see `sessions.frame_outcomes`. Lists leave it out.
    frame_outcomes = models.TextField(default="", blank=True, editable=False)
    # The nets of the passive check that judged a sample of the session (`LivenessMethod`).
    liveness_nets = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.public_id)

    @classmethod
    def new_token(cls) -> str:
        return cls.token_prefix + secrets.token_urlsafe(32)

    def take_token(self, token: str, *, of: "CaptureSession") -> None:
        """Let the token lead to this session, in the transaction that holds both; of the other one
        that it led to nobody has a token any more."""
        of.token_digest = token_digest(self.new_token())
        of.save(update_fields=["token_digest"])
        self.token_digest = token_digest(token)
        self.save(update_fields=["token_digest"])

    @cached_property
    def capture_policy(self) -> CapturePolicy:
        """Return the policy as it was when the session was opened."""
        return CapturePolicy.model_validate(self.policy)

    @property
    def is_sandbox(self) -> bool:
        """True for a session of a sandbox: its model is nobody else's."""
        return self.model_key.startswith(SANDBOX_PREFIX)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    def is_overdue(self, now: datetime) -> bool:
        return self.is_open and now >= self.expires_at

    @property
    def least_samples(self) -> int:
        """The least number of samples for a decision in the user's favor.

        A suspicion drops all samples (`pipeline`), so those after it are live frames in a row.
        """
        return self.capture_policy.live_frames_after_spoof if self.spoof_frames else 1

    @property
    def wants_second_liveness(self) -> bool:
        """True until the second net of passive liveness has judged one of the samples.

        Once is enough: all samples show the same person, and the net takes as long as all the rest
        of a frame.
        """
        return LivenessMethod.DEEP_TREE not in self.liveness_nets

    @property
    def is_cut_off(self) -> bool:
        """True while it is open although the credential that opened it was revoked or expired."""
        return self.is_open and self.is_of_ended_credential

    @property
    def is_of_ended_credential(self) -> bool:
        credential = self.credential
        return credential is not None and not credential.is_in_use(timezone.now())

    def count_frame(self, stages: Mapping[str, float]) -> None:
        """Count a frame received; add up the milliseconds that each stage of measuring it took."""
        self.frames_received += 1
        for stage, milliseconds in stages.items():
            earlier = self.stage_milliseconds.get(stage, 0)
            self.stage_milliseconds[stage] = round(earlier + milliseconds, 2)


class CapturedSample(SealedVector):
    """A frame accepted in an open session: embedding and fingerprint, sealed; with a challenge the
    patch of the face, too. Deleted when the session ends."""

    sealed_columns = ("vector", "fingerprint")

    fingerprint = models.BinaryField()
    # The first byte is the number of rows, before sealing. None where no check compares patches.
    patch = models.BinaryField(null=True)
    quality = models.FloatField()
    liveness_score = models.FloatField(null=True)
    is_live = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    # Declared by the concrete models, which know the session's table.
    session: Any

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"sample {self.pk}"

    @property
    def seal_context(self) -> str:
        return f"{self._meta.db_table}:{self.session.public_id}:{self.session.model_key}"

    def seal_patch(self, patch: NDArray[np.uint8]) -> None:
        """Set the patch of the face (`engine.types.Face.patch`), after `seal`."""
        context = self._context_of("patch")
        sealed = crypto.seal(bytes([len(patch)]) + patch.tobytes(), context=context)
        if sealed.key_id != self.key_id:
            raise ValueError("the sample is sealed with another key")
        self.patch = sealed.data

    def unseal_patch(self) -> NDArray[np.uint8] | None:
        """Return the patch, uint8, (height, width); None if there is none.

        Raises:
            faceplatform.crypto.DecryptionFailed
        """
        if self.patch is None:
            return None
        plain = self.unseal_column("patch")
        return np.frombuffer(plain, dtype=np.uint8, offset=1).reshape(plain[0], -1)

    def as_sample(self) -> Sample:
        return Sample(self.unseal(), self.unseal_column("fingerprint"))


class SeenFrame(SealedRow):
    """A frame that a session of the client accepted, kept so that no other session accepts it: its
    fingerprint, sealed. See `faceplatform.sessions.replay`.

    Erasing a user removes those that are known to show the user.
    """

    sealed_columns = ("fingerprint",)

    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    subject = models.ForeignKey(
        "clients.Subject", null=True, on_delete=models.CASCADE, related_name="+"
    )
    fingerprint = models.BinaryField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [
            # Read by the clean-up of expired rows.
            models.Index(fields=["expires_at"], name="seen_frame_expiry"),
        ]

    def __str__(self) -> str:
        return f"seen frame {self.pk}"

    @property
    def seal_context(self) -> str:
        return f"seen:{self.client_id}"


class SeenBand(models.Model):
    """A part of a seen frame's fingerprint, as a keyed number: it finds equal parts, and reveals
    nothing without the key."""

    frame = models.ForeignKey(SeenFrame, on_delete=models.CASCADE, related_name="bands")
    token = models.BigIntegerField()

    class Meta:
        indexes = [
            # Frames that have a part in common with a new one are found in the index alone.
            models.Index(fields=["token", "frame"], name="seen_band_token"),
        ]

    def __str__(self) -> str:
        return f"seen band {self.pk}"


def fused(samples: Sequence[CapturedSample]) -> Embedding:
    """Return the fusion of a session's samples (see `matching.embeddings.fuse`)."""
    return fuse([sample.unseal() for sample in samples])


def all_live(samples: Sequence[CapturedSample]) -> bool:
    """Return True if the passive check ran and passed on every frame."""
    return bool(samples) and all(sample.is_live for sample in samples)
