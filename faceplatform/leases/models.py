"""One row for each kind of work that one process at a time does."""

from django.db import models


class Lease(models.Model):
    """The right to do that work, held by one process and renewed while it works."""

    name = models.CharField(max_length=20, unique=True)
    owner = models.CharField(max_length=64, blank=True, default="")
    expires_at = models.DateTimeField()

    class Meta:
        # Imports had the first one: processes of the release before go on using the table.
        db_table = "imports_runnerlease"

    def __str__(self) -> str:
        return self.name
