"""Images of an import count for the client's frames a minute: at the limit its items wait."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.db.models import F

from enrollment.models import FaceTemplate
from faceplatform.api.throttles import CallerThrottle
from imports import rate, running
from imports.models import ImportItem
from tests.imports.importing import archive, items, read, run, started, table
from tests.stage import limit, problem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Stop the clock of the windows, at the beginning of a minute."""
    now = [1_000_020.0]
    monkeypatch.setattr(CallerThrottle, "timer", lambda self: now[0])
    return now


def later(clock) -> None:
    """Let two minutes pass."""
    clock[0] += 120
    waiting = ImportItem.objects.exclude(not_before=None)
    waiting.update(not_before=F("not_before") - timedelta(seconds=120))


def faces(stage, user: str, number: int) -> dict[str, bytes]:
    return {f"{user}/{i}.jpg": stage.frame(user) for i in range(number)}


def test_at_the_limit_the_items_wait(api, stage, clock):
    limit(api, frames_per_minute=3)  # the call that posts the file is one of them
    job = started(api, archive(faces(stage, "ada", 1) | faces(stage, "bob", 2)))
    assert run() == 2
    assert items(api, job) == {"ada": ("enrolled", "enrolled"), "bob": (None, None)}
    found = read(api, job)
    assert (found["status"], found["processed"]) == ("running", 1)
    assert ImportItem.objects.get(user_id="bob").tries == 0
    assert run() == 0
    later(clock)
    assert run() == 1
    assert items(api, job)["bob"] == ("enrolled", "enrolled")
    assert ImportItem.objects.get(user_id="bob").images_used == 2
    assert read(api, job)["status"] == "completed"


def test_other_clients_go_on_meanwhile(api, other, stage):
    limit(api, frames_per_minute=2)
    waiting = started(api, archive(faces(stage, "ada", 1) | faces(stage, "bob", 1)))
    others = started(other, archive(faces(stage, "cid", 1) | faces(stage, "dan", 1)))
    users = started(api, table(("eve",)))
    run()
    assert set(items(api, waiting).values()) == {(None, None)}
    assert set(items(other, others).values()) == {("enrolled", "enrolled")}
    assert items(api, users) == {"eve": ("created", "created")}


def test_live_frames_and_images_share_the_window(api, stage):
    limit(api, frames_per_minute=3)
    started(api, archive(faces(stage, "ada", 1)))
    run()
    token = api.enrollment_token("live")
    assert api.post_frame(token, stage.frame("live")).status_code == 200
    problem(api.post_frame(token, stage.frame("live")), 429, "throttled")


def test_the_keys_own_limit_holds(api, stage):
    limit(api, frames_per_minute=100, credential_frames_per_minute=2)
    job = started(api, archive(faces(stage, "ada", 1) | faces(stage, "bob", 1)))
    run()
    assert items(api, job) == {"ada": ("enrolled", "enrolled"), "bob": (None, None)}


def test_uncounted_nothing_is_measured(api, stage, monkeypatch):
    job = started(api, archive(faces(stage, "ada", 2)))

    def away(*_):
        raise OperationalError("The cache's file cannot be used")

    monkeypatch.setattr(rate, "take_all", away)
    run()
    assert items(api, job) == {"ada": (None, None)}
    assert ImportItem.objects.get().not_before is not None
    monkeypatch.setattr(rate.SlidingWindow, "has_room", away)
    ImportItem.objects.update(not_before=None)
    assert run() == 0
    monkeypatch.undo()
    run()
    assert items(api, job) == {"ada": ("enrolled", "enrolled")}


def test_a_busy_engines_image_is_counted_once(api, stage, monkeypatch):
    from faceplatform.engine import registry
    from faceplatform.errors import EngineBusy
    from tests.imports.test_busy_engine import Away

    monkeypatch.setattr(running.Turn, "pause", lambda *_: None)
    limit(api, frames_per_minute=2)
    registry.set_engine(Away(stage.analyze, [EngineBusy(retry_after=1)] * 3))
    job = started(api, archive(faces(stage, "ada", 1)))
    run()
    assert items(api, job) == {"ada": ("enrolled", "enrolled")}


def test_the_operators_own_command_is_exempt(api, stage, tmp_path):
    limit(api, frames_per_minute=1)
    for name, content in (faces(stage, "ada", 2) | faces(stage, "bob", 1)).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    call_command("import_users", str(tmp_path), client="acme")
    assert FaceTemplate.objects.count() == 2
