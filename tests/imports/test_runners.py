"""Runners in separate processes: killed in the middle, two at the same time; and their lease."""

import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from enrollment.models import EnrollmentSession, FaceTemplate
from faceplatform.celery import app
from faceplatform.engine import registry
from faceplatform.engine.testing import FakeEngine
from faceplatform.leases.lease import Lease
from faceplatform.leases.models import Lease as Row
from imports import running
from imports.lease import LEASE
from imports.models import ImportImage, ImportItem, ImportSession
from imports.tasks import run_imports
from tests.imports import people
from tests.imports.importing import archive, items, read, run, started, table
from tests.photographs import ROOT
from tests.stage import CALIBRATION

pytestmark = pytest.mark.django_db(transaction=True)

USERS, IMAGES = 6, 2


@pytest.fixture
def job(api, settings):
    """An import of six users with two images each."""
    settings.FACEPLATFORM_CALIBRATION_DIR = CALIBRATION
    registry.set_engine(FakeEngine(people.analyze))
    files = {
        f"user-{person}/{sample}.png": people.image(person, sample)
        for person in range(USERS)
        for sample in range(IMAGES)
    }
    return started(api, archive(files))


def process(*, dies_after: int = 0, moment: str = "") -> "subprocess.Popen[str]":
    """Start a runner that waits for a line."""
    database = str(connection.settings_dict["NAME"])
    runner = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.imports.runner_process"),
            *(database, str(dies_after), moment),
        ],
        cwd=ROOT,
        env=os.environ | {"FACEPLATFORM_DATA_DIR": str(settings.DATA_DIR)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert runner.stdout is not None
    assert runner.stdout.readline() == "ready\n"
    return runner


def killed(dies_after: int, moment: str) -> None:
    runner = process(dies_after=dies_after, moment=moment)
    _, errors = runner.communicate("\n", timeout=60)
    assert runner.returncode == -9, errors


def forget_the_dead() -> None:
    """Let the lease of the killed process run out."""
    Row.objects.update(expires_at=timezone.now())


def assert_each_enrolled_once(api, job: str) -> None:
    users = {f"user-{person}" for person in range(USERS)}
    assert items(api, job) == dict.fromkeys(users, ("enrolled", "enrolled"))
    assert read(api, job)["status"] == "completed"
    templates = FaceTemplate.objects.values_list("subject__user_id", "sample_count")
    assert Counter(templates) == {(user, IMAGES): 1 for user in users}
    completed = EnrollmentSession.objects.filter(status="completed")
    assert Counter(completed.values_list("subject__user_id", flat=True)) == dict.fromkeys(users, 1)
    assert not ImportImage.objects.exists()
    assert not ImportSession.objects.exists()


@pytest.mark.parametrize("moment", ["measuring", "after"])
@pytest.mark.parametrize("image", [1, 4, 5, USERS * IMAGES])
def test_killed_at_any_image_another_one_goes_on(api, job, image, moment):
    """Images 1 and 5 are the first of their users, 4 and 12 the last."""
    killed(image, moment)
    before = set(FaceTemplate.objects.values_list("pk", flat=True))
    assert run() == 0  # the dead process still has the lease
    forget_the_dead()
    run()
    assert before <= set(FaceTemplate.objects.values_list("pk", flat=True))
    assert_each_enrolled_once(api, job)


def test_killed_again_and_again(api, job):
    for image in (1, 2, 1, 3):
        killed(image, "after")
        forget_the_dead()
    run()
    assert_each_enrolled_once(api, job)


def test_killed_for_longer_than_its_session_lives(api, job):
    killed(1, "after")
    forget_the_dead()
    EnrollmentSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    run()
    assert_each_enrolled_once(api, job)


def test_two_runners_share_nothing(api, job):
    runners = [process(), process()]
    for runner in runners:
        assert runner.stdin is not None
        runner.stdin.write("\n")
        runner.stdin.flush()
    processed = [int(runner.communicate(timeout=60)[0].split()[-1]) for runner in runners]
    assert sum(processed) == USERS
    assert_each_enrolled_once(api, job)


def test_two_runners_without_the_lease_still_enroll_each_once(api, job, monkeypatch):
    """The lease limits the load. That each item ends once does not depend on it."""
    monkeypatch.setattr(Lease, "take", lambda *_: True)
    turns = iter([running.Turn()])

    def measure(frame, wants):
        if (other := next(turns, None)) is not None:
            running.run(other)
        return people.analyze(frame, wants)

    registry.set_engine(FakeEngine(measure))
    run()
    templates = FaceTemplate.objects.values_list("subject__user_id", flat=True)
    assert Counter(templates) == {f"user-{person}": 1 for person in range(USERS)}
    assert read(api, job)["processed"] == USERS


def test_an_item_that_kills_its_process_does_not_stop_the_others(api, job):
    ImportItem.objects.filter(user_id="user-0").update(tries=running._MOST_TRIES)
    run()
    found = items(api, job)
    assert found.pop("user-0") == ("failed", "import_interrupted")
    assert set(found.values()) == {("enrolled", "enrolled")}


def test_the_lease():
    assert LEASE.is_free()
    assert LEASE.take("one")
    assert not LEASE.take("two")
    assert LEASE.take("one")
    assert not LEASE.is_free()
    LEASE.release("two")
    assert not LEASE.take("two")
    Row.objects.update(expires_at=timezone.now())
    assert LEASE.take("two")
    assert not LEASE.take("one")
    LEASE.release("two")
    assert LEASE.take("one")


def test_the_lease_is_renewed_for_each_image(api, job):
    held = []

    def measure(frame, wants):
        held.append(Row.objects.get().expires_at)
        return people.analyze(frame, wants)

    registry.set_engine(FakeEngine(measure))
    run()
    assert held == sorted(set(held))
    assert len(held) == USERS * IMAGES
    assert LEASE.is_free()


def test_beats_task_runs_for_a_short_time(api, job, monkeypatch):
    monkeypatch.setattr("imports.tasks._SECONDS", 0.0)
    run_imports()
    assert read(api, job)["processed"] == 0
    monkeypatch.undo()
    run_imports()
    assert_each_enrolled_once(api, job)


def test_clients_take_turns(api, other, job):
    started(other, table(("ada",), ("bob",)))
    order = []
    finish = running.jobs.finish_item
    users = ImportItem.objects.select_related("job")

    def note(item_pk, outcome):
        order.append(users.get(pk=item_pk).job.client_id)
        finish(item_pk, outcome)

    running.jobs.finish_item = note
    try:
        run()
    finally:
        running.jobs.finish_item = finish
    a, b = api.client.pk, other.client.pk
    assert order == [a, b, a, b, *[a] * (USERS - 2)]


def test_beat_queues_it_for_the_worker_of_the_clean_ups():
    entry = app.conf.beat_schedule["run-imports"]
    assert entry["task"] == run_imports.name
    assert app.conf.task_default_queue == "housekeeping"
    assert entry["options"]["expires"] < app.conf.beat_schedule["expire-sessions"]["schedule"]
