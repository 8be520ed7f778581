"""Answers that a browser shows as pages, where a program gets JSON."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from rest_framework.request import Request

READS = frozenset({"GET", "HEAD"})


class ProblemPage(HttpResponse):
    """A problem document as a page.

    Rendered without the request: its context would ask the database who is signed in.
    """

    def __init__(self, problem: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        page = render_to_string("faceplatform/problem.html", {"problem": problem})
        super().__init__(page, status=problem["status"], headers=headers)


def wants_page(request: HttpRequest | Request) -> bool:
    """Return True for a browser that opens an address: it prefers HTML to JSON."""
    if request.method not in READS:
        return False
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def is_of_admin(request: HttpRequest) -> bool:
    """Return True for an address of the admin, which answers with pages alone."""
    return request.path.startswith(reverse("admin:index"))
