"""Groups of users."""

import uuid

from django.db import models

from clients.models.client import Client
from clients.models.subject import Subject


class SubjectGroup(models.Model):
    """A group of a client's users, to which an identification can be limited."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="subject_groups")
    name = models.CharField(max_length=200)
    subjects = models.ManyToManyField(Subject, related_name="groups")

    class Meta:
        verbose_name = "group of users"
        verbose_name_plural = "groups of users"
        constraints = [
            models.UniqueConstraint(fields=["client", "name"], name="group_once_per_client"),
        ]
        indexes = [
            # The admin's list of all clients' rows: its search and filters.
            models.Index(fields=["name"], name="group_by_name"),
        ]

    def __str__(self) -> str:
        return self.name
