"""Users of clients. In code a user is a subject: Django's users are the admin's accounts."""

import uuid

from django.db import models

from clients.models.client import Client


class Subject(models.Model):
    """A user of a client: a person who can be enrolled, identified by the client's own id."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="subjects")
    user_id = models.CharField(max_length=150)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "user"
        constraints = [
            models.UniqueConstraint(fields=["client", "user_id"], name="subject_once_per_client"),
        ]

    def __str__(self) -> str:
        return self.user_id
