"""One-time links to the capture page, and the look that a client gives it."""

import uuid
from typing import Any, ClassVar

from django.db import models

from faceplatform.sessions.sealed import SealedRow


class CaptureLink(SealedRow):
    """A one-time link to one session. Its secret is shown once and kept as a hash.

    The session's token is sealed until the link is redeemed, and then replaced by nothing.
    """

    sealed_columns: ClassVar[tuple[str, ...]] = ("session_token",)

    digest = models.CharField(max_length=64, unique=True, editable=False)
    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    # Of the session: an erasure of the user takes its links along.
    subject = models.ForeignKey(
        "clients.Subject", null=True, on_delete=models.CASCADE, related_name="+"
    )
    # The public id of the session, of either kind.
    session_id = models.UUIDField(editable=False)
    # Made by the page of another link, to go on with the session on another device.
    is_handover = models.BooleanField(default=False)
    session_token = models.BinaryField()
    # `capture.links.Options` as JSON.
    options = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # The session's. The row stays until then, so that a late caller is told what became of it.
    session_expires_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)
    # Sessions that the page opened after a failure; `session_id` is the last one's.
    retries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            # The other links of a session.
            models.Index(fields=["session_id"], name="capture_link_session"),
            # Read by the clean-up of expired rows.
            models.Index(fields=["session_expires_at"], name="capture_link_expiry"),
        ]

    def __str__(self) -> str:
        return f"link to session {self.session_id}"

    @property
    def seal_context(self) -> str:
        return f"capture_link:{self.digest}"


class Theme(models.TextChoices):
    """The colour scheme of the capture page."""

    LIGHT = "light"
    DARK = "dark"
    AUTO = "auto"  # as the device has it


class CaptureLook(models.Model):
    """The look of the capture page for one client's users. Without a row, the product's own."""

    client = models.OneToOneField("clients.Client", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80, blank=True, default="")
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)
    # #rrggbb by name (`capture.colours.NAMES`); empty for the product's own.
    colors = models.JSONField(default=dict, blank=True)
    # By language, by key.
    texts = models.JSONField(default=dict, blank=True)
    notice = models.TextField(max_length=600, blank=True, default="")
    # Origins whose pages may show the page in a frame, and to which it may return.
    allowed_parents = models.JSONField(default=list, blank=True)
    return_origins = models.JSONField(default=list, blank=True)
    # A PNG, encoded here; empty without a logo. Its id changes with it.
    logo = models.BinaryField(default=b"", blank=True)
    logo_id = models.UUIDField(null=True, unique=True, editable=False)

    class Meta:
        verbose_name = "look of the capture page"
        verbose_name_plural = "looks of the capture page"

    def __str__(self) -> str:
        return f"look of client {self.client_id}"

    def set_logo(self, png: bytes) -> None:
        """Set the logo, or remove it with no bytes; its address changes."""
        self.logo = png
        self.logo_id = uuid.uuid4() if png else None

    @property
    def recorded(self) -> dict[str, Any]:
        """The values whose changes are recorded; of the logo, its id."""
        names = ("name", "theme", "colors", "texts", "notice", "allowed_parents", "return_origins")
        shown = {name: getattr(self, name) for name in names}
        return shown | {"logo": str(self.logo_id) if self.logo_id else None}
