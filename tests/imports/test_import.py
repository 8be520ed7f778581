"""Bulk import of an archive and of a CSV file: the calls, the results, the people enrolled."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients import usage
from clients.models import Subject, UsageDay
from enrollment.models import FaceTemplate
from faceplatform.api.callers import ClientCaller
from faceplatform.api.scopes import Scope
from faceplatform.engine import registry
from faceplatform.engine.testing import FakeEngine
from faceplatform.events import ImportCompleted, SessionEnded
from imports import running
from imports.models import ImportImage, ImportJob, ImportSession
from tests.clients.keys import with_key
from tests.imports.importing import (
    JOBS,
    PATH,
    archive,
    cancel,
    imported,
    items,
    read,
    run,
    start,
    started,
    table,
)
from tests.stage import anonymous, problem, quality

pytestmark = pytest.mark.django_db


def test_an_archive_enrolls_its_users(api, stage, heard):
    content = archive(
        {
            "ada/1.jpg": stage.frame("ada"),
            "ada/2.jpg": stage.frame("ada"),
            "bob.png": stage.frame("bob"),
            "cid/1.jpg": stage.frame("cid"),
            "cid/notes.txt": b"no image",
        }
    )
    answer = start(api, content)
    assert answer.status_code == 202
    queued = answer.json()
    assert (queued["status"], queued["total"], queued["processed"]) == ("queued", 3, 0)
    assert queued["ignored_files"] == 1
    assert queued["started_at"] is queued["finished_at"] is None
    assert run() == 3
    done = read(api, queued["id"])
    assert (done["status"], done["processed"], done["results"]["enrolled"]) == ("completed", 3, 3)
    assert done["finished_at"] >= done["started_at"] >= done["created_at"]
    for user in ("ada", "bob", "cid"):
        assert api.identify(stage.frame(user))["matched_user"] == {"user_id": user}
    page = api.http.get(f"{JOBS}{queued['id']}/items/").json()["results"]
    used = [(item["user_id"], item["images_used"]) for item in page]
    assert used == [("ada", 2), ("bob", 1), ("cid", 1)]  # in the file's order
    (event,) = [event for event in heard if isinstance(event, ImportCompleted)]
    assert (event.status, event.total, event.results["enrolled"]) == ("completed", 3, 3)
    assert {e.source for e in heard if isinstance(e, SessionEnded) and e.kind == "enrollment"} == {
        "import"
    }


def test_a_session_of_an_import_ends_with_a_reason_of_sessions(api, stage, heard):
    files = {"ada/1.jpg": stage.frame(faces=0), "bob.jpg": b"no"}
    outcome = imported(api, archive(files))
    assert outcome == {"ada": ("refused", "no_face"), "bob": ("refused", "image_unreadable")}
    assert {e.reason for e in heard if isinstance(e, SessionEnded)} == {"frame_limit"}


def test_each_kind_of_fault_has_its_reason(make_api, stage):
    api = make_api(min_target_samples=2)
    api.enroll(stage, "enrolled")
    Subject.objects.create(client=api.client, user_id="inactive", is_active=False)
    two = [("1.jpg", {}), ("2.jpg", {})]
    files = {
        f"{user}/{name}": stage.frame(person, **shown)
        for user, person, shown in [
            ("good", "good", {}),
            ("enrolled", "enrolled", {}),
            ("twin", "enrolled", {}),
            ("inactive", "inactive", {}),
            ("faceless", "x", {"faces": 0}),
            ("blurred", "y", {"quality": quality(sharpness=0.1)}),
        ]
        for name, _ in two
    }
    files |= {"mixed/1.jpg": stage.frame("p"), "mixed/2.jpg": stage.frame("q")}
    files |= {"lonely/1.jpg": stage.frame("lonely")}
    files |= {f"broken/{i}.jpg": b"no image" for i in range(2)}
    files |= {"huge/1.jpg": b"\0" * (10 * 2**20 + 1), "huge/2.jpg": stage.frame("huge")}
    assert imported(api, archive(files)) == {
        "good": ("enrolled", "enrolled"),
        "enrolled": ("skipped", "already_enrolled"),
        "twin": ("duplicate", "duplicate_face"),
        "inactive": ("refused", "user_inactive"),
        "faceless": ("refused", "no_face"),
        "blurred": ("refused", "blurred"),
        "mixed": ("refused", "different_person"),
        "lonely": ("refused", "too_few_images"),
        "broken": ("refused", "image_unreadable"),
        "huge": ("refused", "image_too_large"),
    }
    assert not ImportImage.objects.exists()
    assert not ImportSession.objects.exists()


def test_items_are_filtered_by_result(api, stage):
    content = archive({"ada.jpg": stage.frame("ada"), "bob.jpg": stage.frame(faces=0)})
    job = started(api, content)
    run()
    assert set(items(api, job, "?result=refused")) == {"bob"}
    assert items(api, job, "?result=failed") == {}
    refused = api.http.get(f"{JOBS}{job}/items/?result=lost")
    assert "result" in problem(refused, 400, "validation_failed")["errors"]


def test_a_liveness_check_is_made_and_not_waived(make_api, stage):
    from faceplatform.engine import testing as fake

    api = make_api(liveness="passive", max_spoof_frames=1)
    content = archive(
        {"live.jpg": stage.frame("live"), "print.jpg": stage.frame("p", liveness=fake.SPOOF)}
    )
    assert imported(api, content) == {
        "live": ("enrolled", "enrolled"),
        "print": ("refused", "liveness_failed"),
    }


def test_a_liveness_check_that_cannot_run_fails_each_item(make_api, stage):
    registry.set_engine(FakeEngine(stage.analyze, has_liveness=False))
    api = make_api(liveness="passive")
    assert imported(api, archive({"ada.jpg": stage.frame("ada")})) == {
        "ada": ("failed", "liveness_unavailable")
    }
    assert not FaceTemplate.objects.exists()


def test_enrolled_users_are_replaced_on_request(api, stage):
    api.enroll(stage, "ada")
    content = archive({"ada.jpg": stage.frame("ada")})
    assert imported(api, content, skip_enrolled="false") == {"ada": ("enrolled", "enrolled")}
    assert FaceTemplate.objects.get().sample_count == 1


def test_target_samples(api, stage):
    files = {f"ada/{i}.jpg": stage.frame("ada") for i in range(4)}
    imported(api, archive(files), target_samples=2)
    assert FaceTemplate.objects.get().sample_count == 2
    problem(start(api, archive(files), target_samples=11), 400, "validation_failed")


def test_target_samples_beyond_the_policy(make_api, stage):
    api = make_api(max_target_samples=3)
    refused = start(api, archive({"ada.jpg": stage.frame("ada")}), target_samples=4)
    problem(refused, 400, "target_samples_out_of_bounds")


@pytest.mark.parametrize(
    ("name", "user_id"),
    [
        ("a%2Fb", "a/b"),
        ("100%25", "100%"),
        ("ada@example.com", "ada@example.com"),
        ("élise müller", "élise müller"),
        ("李", "李"),
    ],
)
def test_ids_in_names(api, stage, name, user_id):
    assert imported(api, archive({f"{name}/1.jpg": stage.frame("ada")})) == {
        user_id: ("enrolled", "enrolled")
    }


@pytest.mark.parametrize("name", ["x" * 151, "a%00b", "a%E2%80%8Bb", "%ff"])
def test_invalid_ids_are_results(api, stage, name):
    content = archive({f"{name}/1.jpg": stage.frame("ada"), "bob.jpg": stage.frame("bob")})
    results = imported(api, content)
    assert results.pop("bob") == ("enrolled", "enrolled")
    assert list(results.values()) == [("refused", "user_id_invalid")]
    assert Subject.objects.count() == 1


def test_a_csv_file_creates_users(api):
    Subject.objects.create(client=api.client, user_id="bob")
    content = b"\xef\xbb\xbf" + table(
        ("ada", "Ada L.", '{"level": 3}'),
        ("bob", "", ""),
        ("ada", "again", ""),
        ("\x01", "", ""),
        ("cid", "x" * 151, ""),
        ("dan", "", "[1]"),
        ("eve", "", '{"a":'),
        header=("user_id", "display_name", "metadata"),
    )
    job = started(api, content)
    run()
    page = api.http.get(f"{JOBS}{job}/items/").json()["results"]
    found = sorted((item["user_id"], item["result"], item["reason"]) for item in page)
    assert found == [
        ("ada", "created", "created"),
        ("ada", "refused", "user_id_repeated"),
        ("bob", "skipped", "user_exists"),
        ("cid", "refused", "display_name_invalid"),
        ("dan", "refused", "metadata_invalid"),
        ("eve", "refused", "metadata_invalid"),
        ("\N{REPLACEMENT CHARACTER}", "refused", "user_id_invalid"),
    ]
    assert set(api.client.subjects.values_list("user_id", flat=True)) == {"ada", "bob"}
    ada = Subject.objects.get(user_id="ada")
    assert (ada.display_name, ada.metadata) == ("Ada L.", {"level": 3})


def test_a_consent_that_the_policy_demands_is_not_waived(make_api, stage):
    api = make_api(require_consent=True)
    now = timezone.now()
    Subject.objects.create(client=api.client, user_id="ada", consent_given_at=now)
    content = archive({"ada.jpg": stage.frame("ada"), "bob.jpg": stage.frame("bob")})
    assert imported(api, content) == {
        "ada": ("enrolled", "enrolled"),
        "bob": ("refused", "consent_required"),
    }


def test_the_clients_limit_of_users_holds(api):
    api.client.limits = {"users": 4}
    api.client.save(update_fields=["limits"])
    for number in range(3):
        Subject.objects.create(client=api.client, user_id=f"user-{number}")
    assert imported(api, table(("ada",), ("bob",))) == {
        "ada": ("created", "created"),
        "bob": ("refused", "user_limit_reached"),
    }


def test_a_csv_file_in_a_part_without_a_name(api):
    answer = api.http.post(PATH, {"file": "user_id\nada\n"}, format="multipart")
    assert answer.status_code == 202
    assert answer.json()["total"] == 1


def test_two_unfinished_imports_are_the_limit(api, other, settings):
    settings.FACEPLATFORM_IMPORTS = 2
    jobs = [started(api, table(("ada",))) for _ in range(2)]
    problem(start(api, table(("ada",))), 409, "too_many_imports")
    started(other, table(("ada",)))
    cancel(api, jobs[0])
    started(api, table(("ada",)))


def test_rows_are_stored_many_at_a_time(api):
    """Each with its own user's image."""
    files = {f"user-{i}.png": f"image of {i}".encode() for i in range(450)}
    with CaptureQueriesContext(connection) as queries:
        job = started(api, archive(files))
    inserts = [q["sql"] for q in queries if q["sql"].startswith("INSERT")]
    assert len([sql for sql in inserts if "imports_importi" in sql]) <= 15
    stored = {
        image.item.user_id: bytes(image.unseal_column("data")).decode()
        for image in ImportImage.objects.filter(item__job__public_id=job).select_related("item")
    }
    assert stored == {f"user-{i}": f"image of {i}" for i in range(450)}


def usage_of(api) -> dict[str, tuple[int, int, int]]:
    """Return calls, frames and accepted frames by operation, as written."""
    rows = UsageDay.objects.filter(client=api.client)
    counts = rows.values_list("operation", "calls", "frames", "frames_accepted")
    return {operation: (calls, frames, good) for operation, calls, frames, good in counts}


def test_its_frames_are_in_the_usage(api, other, stage):
    """They belong to the one call, whatever becomes of the images."""
    usage.flush()
    UsageDay.objects.all().delete()
    files = {
        "ada/1.jpg": stage.frame("ada"),
        "ada/2.jpg": b"no image",
        "bob.jpg": stage.frame(faces=0),
    }
    imported(api, archive(files))
    imported(other, table(("ada",)))
    assert usage_of(api)[f"POST {PATH}"] == (1, 3, 1)
    assert usage_of(other)[f"POST {PATH}"] == (1, 0, 0)


def test_the_frames_of_an_item_that_is_left_to_the_next_process_are_in_the_usage(api, stage):
    usage.flush()
    UsageDay.objects.all().delete()
    started(api, archive({f"ada/{i}.jpg": stage.frame("ada") for i in range(3)}))
    left = iter([False, True])
    running.run(running.Turn(is_stopped=lambda: next(left)))
    assert usage_of(api)[f"POST {PATH}"] == (1, 1, 1)


def test_other_clients_see_nothing(api, other, stage):
    job = started(api, archive({"ada.jpg": stage.frame("ada")}))
    unknown = str(uuid.uuid4())
    for call in (
        lambda job: other.http.get(f"{JOBS}{job}/"),
        lambda job: other.http.get(f"{JOBS}{job}/items/"),
        lambda job: cancel(other, job),
    ):
        bodies = [problem(call(which), 404, "import_not_found") for which in (job, unknown)]
        for body in bodies:
            del body["request_id"]
        assert bodies[0] == bodies[1]
    assert other.http.get(JOBS).json()["results"] == []
    assert [found["id"] for found in api.http.get(JOBS).json()["results"]] == [job]


def test_a_token_is_needed(api):
    body = {"file": "user_id\nada\n"}
    problem(anonymous().post(PATH, body, format="multipart"), 401, "not_authenticated")
    for path in (JOBS, f"{JOBS}{uuid.uuid4()}/", f"{JOBS}{uuid.uuid4()}/items/"):
        problem(anonymous().get(path), 401, "not_authenticated")


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({}, "file", "required"),
        ({"file": "user_id\na", "target_samples": "many"}, "target_samples", "invalid"),
        ({"file": "user_id\na", "skip_enrolled": "perhaps"}, "skip_enrolled", "invalid"),
        ({"file": "user_id\na", "dry_run": "true"}, "dry_run", "unknown_field"),
    ],
)
def test_bad_fields(api, fields, field, code):
    body = problem(api.http.post(PATH, fields, format="multipart"), 400, "validation_failed")
    assert body["errors"][field][0]["code"] == code


def test_a_repeated_request_starts_one_import(api):
    api.also_send(HTTP_IDEMPOTENCY_KEY="once")
    first, second = (start(api, table(("ada",))) for _ in range(2))
    assert first.json() == second.json()
    assert ImportJob.objects.count() == 1


def test_an_archive_needs_the_scope_enroll_too(api, stage):
    """It makes and replaces templates. A CSV file creates users, as `manage` may."""
    managing = with_key(api, Scope.MANAGE)
    content = archive({"ada.jpg": stage.frame("ada")})
    for choice in ("true", "false"):
        refused = problem(start(managing, content, skip_enrolled=choice), 403, "scope_missing")
        assert refused["required_scopes"] == ["enroll"]
    assert imported(managing, table(("ada",))) == {"ada": ("created", "created")}
    both = with_key(api, Scope.MANAGE, Scope.ENROLL)
    assert imported(both, content) == {"ada": ("enrolled", "enrolled")}


def test_the_scope_manage_is_needed(api):
    """Whatever else the credential may do."""
    job = started(api, table(("ada",)))
    others = frozenset(Scope) - {Scope.MANAGE}
    credential = api.issued.credential.public_id
    api.http.force_authenticate(ClientCaller(api.client, credential, others))
    for answer in (
        start(api, table(("ada",))),
        api.http.get(JOBS),
        api.http.get(f"{JOBS}{job}/"),
        api.http.get(f"{JOBS}{job}/items/"),
        cancel(api, job),
    ):
        assert problem(answer, 403, "scope_missing")["required_scopes"] == ["manage"]


def test_an_import_below_the_address_that_started_it(api):
    told = problem(api.http.get(f"/api/clients/users/import/{uuid.uuid4()}/"), 404, "not_found")
    assert told["detail"].endswith("read it at /api/clients/imports/{import_id}/")
