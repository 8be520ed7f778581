"""The origins of all clients, by origin: to find out who allows one."""

from django.db import models


class AllowedOrigin(models.Model):
    """A row for each of ``Client.allowed_origins``, written by `Client.save`.

    A browser asks before it sends a session's token, so the answer depends on all clients, and a
    list in JSON cannot be searched in every database. The call itself is judged by its client's
    list.
    """

    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    origin = models.CharField(max_length=255)

    class Meta:
        constraints = [
            # In this order, its index answers for one origin: `clients.origins.is_allowed_by_any`.
            models.UniqueConstraint(fields=["origin", "client"], name="allowed_origin_once"),
        ]

    def __str__(self) -> str:
        return self.origin
