"""Fixtures of the tests of the loop."""

from collections.abc import Callable

import pytest

from tests.webhooks.delivering import Clock, ScriptedSender
from webhooks import loop
from webhooks.answers import Answer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def network(monkeypatch) -> Callable[[Callable[[str, str], Answer]], ScriptedSender]:
    """A function that replaces the network by a script."""

    def script(respond: Callable[[str, str], Answer]) -> ScriptedSender:
        sender = ScriptedSender(respond)
        monkeypatch.setattr(loop, "Sender", sender)
        return sender

    return script
