"""An engine that is busy or away: items wait, and none of them fails."""

import pytest

from faceplatform.engine import registry
from faceplatform.engine.testing import FakeEngine
from faceplatform.errors import EngineBusy, EngineError
from imports import running
from imports.models import ImportItem
from tests.imports.importing import archive, items, read, run, started

pytestmark = pytest.mark.django_db


class Away(FakeEngine):
    """Refuses frames with these errors, then measures."""

    def __init__(self, script, errors) -> None:
        super().__init__(script)
        self.errors = list(errors)

    def measure(self, image, *, wants, following=None):
        if self.errors:
            raise self.errors.pop(0)
        return super().measure(image, wants=wants, following=following)


@pytest.fixture
def slept(monkeypatch):
    """Let no time pass, and record the pauses."""
    pauses: list[float] = []
    monkeypatch.setattr(running.Turn, "pause", lambda _, seconds: pauses.append(seconds))
    return pauses


@pytest.fixture
def job(api, stage):
    return started(api, archive({"ada.jpg": stage.frame("ada"), "bob.jpg": stage.frame("bob")}))


def test_busy_it_waits_longer_each_time(api, stage, job, slept):
    errors = [EngineBusy(retry_after=1) for _ in range(7)]
    registry.set_engine(Away(stage.analyze, errors))
    run()
    assert slept == [1, 2, 4, 8, 16, 30, 30]
    assert set(items(api, job).values()) == {("enrolled", "enrolled")}


def test_the_engines_own_wait_is_kept(api, stage, job, slept):
    registry.set_engine(Away(stage.analyze, [EngineBusy(retry_after=9)]))
    run()
    assert slept == [9]


def test_away_the_item_is_tried_later(api, stage, job, slept):
    registry.set_engine(Away(stage.analyze, [EngineError("No worker is there")]))
    run()
    assert slept == [15]
    assert items(api, job) == {"ada": (None, None), "bob": ("enrolled", "enrolled")}
    assert read(api, job)["status"] == "running"
    ImportItem.objects.update(not_before=None)
    run()
    assert items(api, job)["ada"] == ("enrolled", "enrolled")
    assert read(api, job)["status"] == "completed"


def test_a_turn_that_ends_while_it_waits_leaves_the_item(api, stage, job, monkeypatch):
    registry.set_engine(Away(stage.analyze, [EngineBusy(retry_after=1)]))

    def over(*_):
        raise running.TurnOver

    monkeypatch.setattr(running.Turn, "pause", over)
    run()
    assert list(ImportItem.objects.values_list("tries", flat=True)) == [0, 0]
    monkeypatch.undo()
    run()
    assert set(items(api, job).values()) == {("enrolled", "enrolled")}


def test_a_stopped_process_ends_its_turn(api, stage, job):
    assert running.run(running.Turn(is_stopped=lambda: True)) == 0
    assert read(api, job)["processed"] == 0
