"""The ends of imports and of what they store: cancelled, refused, erased, expired, removed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clients import credentials
from clients.models import Subject
from clients.users.erasure import erase_subject
from enrollment.models import EnrollmentSession, FaceTemplate
from faceplatform import housekeeping
from faceplatform.engine import registry
from faceplatform.engine.testing import FakeEngine
from faceplatform.events import ImportCompleted
from imports.models import ImportImage, ImportItem, ImportJob, ImportSession, JobStatus
from tests.imports.importing import (
    JOBS,
    archive,
    cancel,
    items,
    read,
    run,
    started,
    table,
)
from tests.stage import noise, problem

pytestmark = pytest.mark.django_db


def test_images_are_sealed_until_they_are_processed(api, stage):
    image = stage.frame("ada")
    started(api, archive({"ada.jpg": image}))
    stored = ImportImage.objects.get()
    assert image[:64] not in bytes(stored.data)
    assert stored.unseal_column("data") == image


def test_a_cancelled_import_keeps_no_image(api, stage, heard):
    job = started(api, archive({"ada.jpg": stage.frame("ada"), "bob.jpg": stage.frame("bob")}))
    answer = cancel(api, job)
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert not ImportImage.objects.exists()
    assert run() == 0
    assert items(api, job) == {"ada": (None, None), "bob": (None, None)}
    assert not Subject.objects.exists()
    assert [e.status for e in heard if isinstance(e, ImportCompleted)] == ["cancelled"]
    again = cancel(api, job)
    assert problem(again, 409, "import_finished")["import_status"] == "cancelled"


def test_cancelled_in_the_middle_the_rest_is_left(api, stage):
    files = {f"user-{i}.jpg": stage.frame(f"user-{i}") for i in range(4)}
    job = started(api, archive(files))
    stage.meanwhile = lambda: FaceTemplate.objects.count() == 2 and cancel(api, job)
    run()
    done = read(api, job)
    assert (done["status"], done["processed"]) == ("cancelled", 3)
    assert FaceTemplate.objects.count() == 3
    assert not ImportSession.objects.exists()


def test_erasing_a_user_empties_its_items(api, stage):
    content = archive({"ada.jpg": stage.frame("ada"), "bob.jpg": stage.frame("bob")})
    job = started(api, content)
    run()
    erase_subject(Subject.objects.get(user_id="ada"))
    assert items(api, job) == {None: ("enrolled", "enrolled"), "bob": ("enrolled", "enrolled")}
    assert not ImportItem.objects.filter(user_id="ada").exists()
    assert read(api, job)["results"]["enrolled"] == 2


def test_a_user_erased_before_its_turn_is_not_enrolled(api, stage):
    api.enroll(stage, "ada")
    job = started(api, archive({"ada.jpg": stage.frame("ada")}), skip_enrolled=False)
    erase_subject(Subject.objects.get())
    assert not ImportImage.objects.exists()
    run()
    assert items(api, job) == {None: ("skipped", "user_erased")}
    assert not Subject.objects.exists()


def test_a_user_erased_while_measured_stays_erased(api, stage):
    job = started(api, archive({"ada.jpg": stage.frame("ada")}))
    stage.meanwhile = lambda: erase_subject(Subject.objects.get())
    run()
    assert items(api, job) == {None: ("skipped", "user_erased")}
    assert not Subject.objects.exists()
    assert not EnrollmentSession.objects.exists()


def test_an_erasure_is_the_clients_own(api, other, stage):
    job = started(api, archive({"ada.jpg": stage.frame("ada")}))
    started(other, table(("ada",)))
    run()
    erase_subject(Subject.objects.get(client=other.client))
    assert items(api, job) == {"ada": ("enrolled", "enrolled")}


def test_a_revoked_credential_ends_its_import(api, stage, heard):
    job = started(api, archive({"ada.jpg": stage.frame("ada")}))
    credentials.revoke(api.issued.credential)
    run()
    found = ImportJob.objects.get(public_id=job)
    assert (found.status, found.reason) == ("failed", "credential_revoked")
    assert not ImportImage.objects.exists()
    assert not Subject.objects.exists()
    assert [e.reason for e in heard if isinstance(e, ImportCompleted)] == ["credential_revoked"]


def let_expire(credential):
    credential.expires_at = timezone.now()
    credential.save(update_fields=["expires_at"])


def test_an_expired_credential_ends_its_import(api, stage):
    job = started(api, archive({"ada.jpg": stage.frame("ada")}))
    let_expire(api.issued.credential)
    assert_ended_by_its_credential(job)
    assert not Subject.objects.exists()


def test_a_credential_that_expires_between_two_images_ends_its_import(api, stage):
    """The item in hand has no result, as none that came after it."""
    files = {f"ada/{i}.jpg": stage.frame("ada") for i in range(2)}
    job = started(api, archive(files | {"bob.jpg": stage.frame("bob")}), target_samples=2)

    def measure(frame, wants):
        let_expire(api.issued.credential)
        return stage.analyze(frame, wants)

    registry.set_engine(FakeEngine(measure))
    assert_ended_by_its_credential(job)
    assert not FaceTemplate.objects.exists()


def assert_ended_by_its_credential(job):
    run()
    found = ImportJob.objects.get(public_id=job)
    assert (found.status, found.reason) == ("failed", "credential_revoked")
    assert not found.items.exclude(result="").exists()
    assert not ImportImage.objects.exists()


def test_a_client_switched_off_ends_its_import(api, stage):
    job = started(api, archive({"ada.jpg": stage.frame("ada")}))
    api.client.is_active = False
    api.client.save(update_fields=["is_active"])
    run()
    assert ImportJob.objects.get(public_id=job).reason == "client_inactive"


def test_old_jobs_are_removed(api, settings):
    old, fresh = (started(api, table(("ada",))) for _ in range(2))
    run()
    long_ago = timezone.now() - timedelta(days=settings.FACEPLATFORM_IMPORT_DAYS, seconds=1)
    ImportJob.objects.filter(public_id=old).update(finished_at=long_ago)
    half = ImportJob.objects.create(client=api.client)
    ImportJob.objects.filter(pk=half.pk).update(created_at=long_ago)
    assert "2 imports removed" in housekeeping.clean_up()
    assert str(ImportJob.objects.get().public_id) == fresh


def test_a_job_that_is_being_received_is_not_seen(api):
    job = ImportJob.objects.create(client=api.client, status=JobStatus.RECEIVING)
    problem(api.http.get(f"{JOBS}{job.public_id}/"), 404, "import_not_found")
    assert run() == 0


def test_images_sealed_with_a_lost_key_fail_their_item(api, stage):
    job = started(api, archive({"ada.jpg": stage.frame("ada"), "bob.jpg": noise(999)}))
    ImportImage.objects.filter(item__user_id="ada").update(key_id="lost")
    stage.show(noise(999), person="bob")
    run()
    assert items(api, job) == {
        "ada": ("failed", "decryption_failed"),
        "bob": ("enrolled", "enrolled"),
    }
