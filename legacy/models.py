"""The older APIs' own data: galleries, imported users, accounts."""

import uuid

from django.db import models


class GalleryMember(models.Model):
    """001: a name within a gallery is one user of the client, and names repeat across galleries."""

    group = models.ForeignKey("clients.SubjectGroup", on_delete=models.CASCADE, related_name="+")
    username = models.CharField(max_length=150)
    subject = models.OneToOneField(
        "clients.Subject", on_delete=models.CASCADE, related_name="gallery_member"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "username"], name="member_once_per_gallery"),
        ]
        indexes = [
            # The admin's list of all clients' rows: its search and filters.
            models.Index(fields=["username"], name="member_by_username"),
        ]

    def __str__(self) -> str:
        return self.username


class ImportedUser(models.Model):
    """003: a user that import_legacy_users imported, with the old time of registration."""

    subject = models.OneToOneField(
        "clients.Subject", on_delete=models.CASCADE, related_name="imported_user"
    )
    registered_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"imported user {self.subject_id}"


class LegacyAccount(models.Model):
    """004: an account with a password. It has no face."""

    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    username = models.CharField(max_length=150)
    fullname = models.CharField(max_length=150)
    password = models.CharField(max_length=128, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "account"
        constraints = [
            models.UniqueConstraint(
                fields=["client", "username"], name="legacy_account_once_per_client"
            ),
        ]
        indexes = [
            # The admin's list of all clients' rows: its search and filters.
            models.Index(fields=["username"], name="account_by_username"),
        ]

    def __str__(self) -> str:
        return self.username


class LegacyLogin(models.Model):
    """004: one sign-in; its cookie is invalid once this row is gone."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(LegacyAccount, on_delete=models.CASCADE, related_name="logins")
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [
            # Signing in deletes what has expired.
            models.Index(fields=["expires_at"], name="legacy_login_expiry"),
        ]

    def __str__(self) -> str:
        return f"login {self.pk}"
