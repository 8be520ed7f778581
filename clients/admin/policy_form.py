"""Form fields for a policy, made from its pydantic model: a new key appears by itself.

A field that is left at its default stores nothing, so that the key follows the default of later
releases. The model judges the values: a form's error is the model's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from django import forms
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from faceplatform.api.json_form import BoundedJSONField

PREFIX = "policy"
_JOINT = "__"
# Bounds as annotated-types names them, with words for people.
_BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a policy.

    Attributes:
        path: its name and those of the objects around it, outermost first.
        default: its value in the default policy, as in JSON.
        info: its declaration in the model.
    """

    path: tuple[str, ...]
    default: Any
    info: FieldInfo

    @property
    def field_name(self) -> str:
        """The name of its form field."""
        return _JOINT.join((PREFIX, *self.path))

    @property
    def label(self) -> str:
        return self.path[-1].replace("_", " ").capitalize()

    @property
    def labels(self) -> dict[Any, str]:
        """The values to choose from, with their labels; none for a key that is typed."""
        if self.info.annotation is bool:
            return {True: "Yes", False: "No"}
        if get_origin(self.info.annotation) is Literal:
            return {value: str(value) for value in get_args(self.info.annotation)}
        return {}


def keys_of(model: type[BaseModel]) -> list[Key]:
    """Return the keys of a model, those of objects within it one by one, in the model's order."""
    return list(_keys(model, model().model_dump(mode="json"), ()))


def _keys(
    model: type[BaseModel], defaults: Mapping[str, Any], around: tuple[str, ...]
) -> Iterator[Key]:
    for name, info in model.model_fields.items():
        path = (*around, name)
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _keys(inner, defaults[name], path)
        else:
            yield Key(path, defaults[name], info)


def field_of(key: Key) -> forms.Field:
    """Return an optional form field for a key: empty means the default."""
    annotation = key.info.annotation
    common: dict[str, Any] = {"required": False, "label": key.label, "help_text": _help(key)}
    if key.labels:
        return _choice(key, common)
    placeholder = {"placeholder": str(key.default)}
    if annotation in (int, float):
        number = forms.IntegerField if annotation is int else forms.FloatField
        step = {} if annotation is int else {"step": "any"}
        return number(
            min_value=_bound(key, "ge"),
            max_value=_bound(key, "le"),
            widget=forms.NumberInput(attrs=placeholder | step),
            **common,
        )
    if annotation is str:
        return forms.CharField(widget=forms.TextInput(attrs=placeholder), **common)
    return BoundedJSONField(widget=forms.Textarea(attrs=placeholder | {"rows": 2}), **common)


def initial_of(keys: list[Key], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the form's fields: those of the keys that are overridden."""
    found = ((key, value_at(overrides, key.path)) for key in keys)
    return {
        # Boxes to choose from compare texts.
        key.field_name: str(value) if key.labels else value
        for key, value in found
        if value is not None
    }


def overrides_of(keys: list[Key], cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy's overrides from the form's values."""
    overrides: dict[str, Any] = {}
    for key in keys:
        value = cleaned.get(key.field_name)
        if value is None or value == "":
            continue
        inner = overrides
        for name in key.path[:-1]:
            inner = inner.setdefault(name, {})
        inner[key.path[-1]] = value
    return overrides


def unknown_in(keys: list[Key], overrides: Mapping[str, Any]) -> list[str]:
    """Return the keys of stored overrides that the form does not know, such as a newer one's."""
    known = {key.path for key in keys}
    paths = _paths(overrides, {path[:-1] for path in known})
    return [".".join(path) for path in paths if path not in known]


def field_at(keys: list[Key], path: tuple[str, ...]) -> str | None:
    """Return the name of the field to show a fault of this path at; None for no single one."""
    for key in keys:
        if key.path == path[: len(key.path)]:
            return key.field_name
    return None


def value_at(overrides: Any, path: tuple[str, ...]) -> Any:
    """Return the value at a path of names; None if there is none."""
    for name in path:
        if not isinstance(overrides, Mapping):
            return None
        overrides = overrides.get(name)
    return overrides


def _choice(key: Key, common: dict[str, Any]) -> forms.Field:
    by_text = {str(value): value for value in key.labels}
    choices = [(str(value), label) for value, label in key.labels.items()]
    return forms.TypedChoiceField(
        choices=[("", f"Default ({key.labels[key.default].lower()})"), *choices],
        coerce=by_text.__getitem__,
        empty_value=None,
        **common,
    )


def _help(key: Key) -> str:
    """Return a key's description, bounds and default; a choice shows its default itself."""
    bounds = [
        f"{words} {getattr(each, name):g}"
        for name, words in _BOUNDS.items()
        for each in key.info.metadata
        if hasattr(each, name)
    ]
    sentence = ", ".join(bounds).capitalize()
    # A description is written for the OpenAPI document, in Markdown.
    description = (key.info.description or "").replace("`", "")
    default = "" if key.labels else f"Default: {key.default}."
    return " ".join(part for part in (description, sentence and f"{sentence}.", default) if part)


def _bound(key: Key, name: str) -> Any:
    found = (getattr(each, name) for each in key.info.metadata if hasattr(each, name))
    return next(found, None)


def _paths(
    overrides: Mapping[str, Any], objects: set[tuple[str, ...]], around: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    for name, value in overrides.items():
        path = (*around, name)
        if path in objects and isinstance(value, Mapping):
            yield from _paths(value, objects, path)
        else:
            yield path
