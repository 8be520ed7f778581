"""Imports, read only: how far one is, and which of its users were not enrolled, and why."""

from django.contrib import admin
from django.utils.html import format_html

from faceplatform.admin_lists import ClientFilter
from faceplatform.admin_panels import MOST_SHOWN, Panel, WithPanels
from faceplatform.sessions.admin import ReadOnlyAdmin
from imports import jobs
from imports.models import ImportItem, ImportJob, Result

# The results that somebody looks into, those to act on first.
_TOLD = (Result.FAILED, Result.REFUSED, Result.DUPLICATE, Result.SKIPPED)
_MOST_OF_A_RESULT = 5 * MOST_SHOWN


def _results(job: ImportJob) -> Panel:
    """Return the numbers of items by their result."""
    counts = jobs.counts_of([job])[job.pk]
    return Panel(
        title="Results",
        permission="imports.view_importjob",
        columns=("Result", "Users"),
        rows=[*counts.items(), ("waiting", max(0, job.total - sum(counts.values())))],
    )


def _items(job: ImportJob) -> Panel:
    """Return the first items of each result that somebody looks into, with their reasons."""
    rows: list[ImportItem] = []
    for result in _TOLD:  # each along its index
        of_result = ImportItem.objects.filter(job=job, result=result).order_by("pk")
        rows.extend(of_result[:_MOST_OF_A_RESULT])
    return Panel(
        title=f"Users who were not enrolled, the first {_MOST_OF_A_RESULT} of each result",
        permission="imports.view_importjob",
        columns=("User", "Line", "Result", "Reason", "Images"),
        rows=[
            (item.user_id or "erased", item.line, item.result, item.reason, _images(item))
            for item in rows
        ],
        note="An import by the API is answered with all of them.",
    )


def _images(item: ImportItem) -> str:
    return ", ".join(f"{each['file']}: {each['reason']}" for each in item.images_looked_at)


@admin.register(ImportJob)
class ImportJobAdmin(WithPanels, ReadOnlyAdmin):
    shows_personal_data = True
    list_display = ("public_id", "client", "status", "reason", "total", "created_at", "finished_at")
    list_filter = (ClientFilter, "status")
    search_fields = ("=public_id",)
    search_help_text = "The import's id"
    list_prefetch = ("client",)
    readonly_fields = ("progress",)
    panels = (_results, _items)

    @admin.display(description="progress")
    def progress(self, job: ImportJob) -> str:
        """Return a bar with the share of users whose item has ended."""
        done = sum(jobs.counts_of([job])[job.pk].values())
        return format_html(
            '<progress max="{}" value="{}"></progress> {} of {}',
            *(max(1, job.total), done, done, job.total),
        )
