"""The fields of a page's form, read from its HTML as a browser would send them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from django.test import Client as Browser

URLENCODED = "application/x-www-form-urlencoded"


@dataclass
class Form(HTMLParser):
    """A form of a page.

    Attributes:
        pairs: names and values of its fields, in their order, unticked boxes and buttons left out.
        buttons: the names of its submit buttons.
    """

    form_id: str
    pairs: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)
    _is_inside: bool = False
    _name: str | None = None  # of the select or textarea in hand
    _options: list[tuple[str, bool]] = field(default_factory=list)
    _is_multiple: bool = False
    _text: str | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._is_inside = given.get("id") == self.form_id
        if not self._is_inside or "disabled" in given:
            return
        match tag:
            case "input":
                self._take_input(given)
            case "select":
                self._name, self._options = given.get("name"), []
                self._is_multiple = "multiple" in given
            case "option" if self._name:
                self._options.append((given.get("value") or "", "selected" in given))
            case "textarea":
                self._name, self._text = given.get("name"), ""

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        if tag == "select" and self._name:
            chosen = [value for value, is_chosen in self._options if is_chosen]
            if not chosen and not self._is_multiple:
                chosen = [value for value, _ in self._options[:1]]
            self.pairs += [(self._name, value) for value in chosen]
            self._name = None
        if tag == "textarea" and self._name and self._text is not None:
            # HTML drops the first line break of a textarea.
            self.pairs.append((self._name, self._text.removeprefix("\r").removeprefix("\n")))
            self._name = self._text = None

    def _take_input(self, given: dict[str, str | None]) -> None:
        name, kind = given.get("name"), given.get("type") or "text"
        if not name:
            return
        if kind == "submit":
            self.buttons.append(name)
        elif kind not in {"checkbox", "radio"} or "checked" in given:
            value = given.get("value")
            self.pairs.append(
                (name, ("on" if kind in {"checkbox", "radio"} else "") if value is None else value)
            )


def form_of(page: Any, form_id: str) -> Form:
    """Return a form of a page."""
    form = Form(form_id)
    form.feed(page.content.decode())
    return form


def send(browser: Browser, address: str, pairs: list[tuple[str, str]]) -> Any:
    """Post fields as a browser sends a form without files."""
    return browser.post(address, urlencode(pairs), content_type=URLENCODED)
