"""Tables on the page of a row in the admin: the first of what belongs to it, and the way to all."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

# Rows of a table on the page of another row.
MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Panel:
    """A table on a row's page.

    Attributes:
        permission: needed to see it, such as ``enrollment.view_facetemplate``.
        rows: the cells of each row, a few rows.
        all_at: the address of the list of all of them; "" where the table has all.
        note: a sentence above the table.
    """

    title: str
    permission: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    all_at: str = ""
    note: str = ""


class WithPanels(admin.ModelAdmin):
    """An admin whose pages have tables below their form.

    Attributes:
        panels: return a panel for a row. Apps above this one add their own (`shows`).
    """

    change_form_template = "faceplatform/admin_panels.html"
    panels: tuple[Callable[[Any], Panel], ...] = ()

    @classmethod
    def shows(cls, *panels: Callable[[Any], Panel]) -> None:
        """Add panels to the pages of this admin."""
        cls.panels = (*cls.panels, *panels)

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,  # noqa: FBT001, FBT002
        change: bool = False,  # noqa: FBT001, FBT002
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            made = [panel(obj) for panel in self.panels]
            context["panels"] = [each for each in made if request.user.has_perm(each.permission)]
        return super().render_change_form(request, context, add, change, form_url, obj)


def first(rows: Any) -> list[Any]:
    """Return the rows that a panel shows."""
    return list(rows[:MOST_SHOWN])


def link(row: Model, text: object) -> SafeString:
    """Return a link to the page of a row."""
    options = row._meta
    address = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', address, text)


def list_of(model: type[Model], **asked: str) -> str:
    """Return the address of the list of a table, with a search or filters."""
    options = model._meta
    address = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    return f"{address}?{urlencode(asked)}"


def cells(rows: Iterable[Any], *names: str) -> list[list[Any]]:
    """Return these columns of the rows; the first one leads to the row's page."""
    return [
        [link(row, getattr(row, names[0])), *(_shown(getattr(row, name)) for name in names[1:])]
        for row in rows
    ]


def _shown(value: Any) -> Any:
    """Return a quality or a similarity with as many digits as lists have; others as they are."""
    return f"{value:.3f}" if isinstance(value, float) else value
