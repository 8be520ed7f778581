"""The imports panel of the admin's index page: the imports that wait or run."""

from dataclasses import dataclass

from django.urls import reverse

from faceplatform.system import index_panels
from faceplatform.system.index_panels import Account, IndexPanel, counted
from imports.models import ImportJob, JobStatus

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Imports that run, the oldest first, and the number of those that wait, in words."""

    running: list[ImportJob]
    queued: str
    running_address: str
    queued_address: str


def register() -> None:
    """Register the panel."""
    index_panels.register(
        IndexPanel(
            60, "Imports", ("imports.view_importjob",), "imports/panel_unfinished.html", _read
        )
    )


def _read(account: Account) -> Unfinished:
    running = ImportJob.objects.filter(status=JobStatus.RUNNING).select_related("client")
    address = reverse("admin:imports_importjob_changelist")
    return Unfinished(
        running=list(running.order_by("pk")[:_SHOWN]),
        queued=counted(ImportJob.objects.filter(status=JobStatus.QUEUED)),
        running_address=f"{address}?status__exact={JobStatus.RUNNING}",
        queued_address=f"{address}?status__exact={JobStatus.QUEUED}",
    )
