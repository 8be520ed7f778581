"""No event is forgotten: each is recorded, or named with the reason why it is not."""

import inspect

import pytest

from audit import receivers
from audit.actions import Action
from faceplatform import events


def kinds() -> set[type[events.Event]]:
    """Return the events that are published: those that no other one is derived from."""
    classes = {each for _, each in inspect.getmembers(events, inspect.isclass)}
    found = {each for each in classes if issubclass(each, events.Event)}
    return {each for each in found if not each.__subclasses__()}


def test_every_event_is_recorded_or_its_absence_is_explained():
    assert kinds() == receivers.DESCRIBERS.keys() | receivers.NOT_RECORDED.keys()
    assert not receivers.DESCRIBERS.keys() & receivers.NOT_RECORDED.keys()
    assert all(receivers.NOT_RECORDED.values())


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        ("credential", events.CredentialChange),
        ("webhook", events.EndpointChange),
        ("webhook", events.DeliveryChange),
        ("group", events.GroupChange),
    ],
)
def test_every_change_has_an_action(family, changes):
    assert {f"{family}.{change.value}" for change in changes} <= set(Action.values)
