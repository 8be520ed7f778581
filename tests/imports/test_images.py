"""The images of an item: a user is enrolled from the good ones; the answer names each."""

import pytest

from clients.models import Subject
from clients.users.erasure import erase_subject
from enrollment.models import EnrollmentSession, FaceTemplate
from faceplatform.events import SessionEnded
from imports import running
from imports.models import NAMED_IMAGES, ImportItem
from tests.imports.importing import JOBS, archive, imported, read, run, started, table
from tests.stage import quality

pytestmark = pytest.mark.django_db


def rows(api, job: str) -> list[dict]:
    found: list[dict] = api.http.get(f"{JOBS}{job}/items/?ordering=pk").json()["results"]
    return found


def the_row(api, files: dict[str, bytes], **fields) -> dict:
    """Import one user's images; return its item."""
    job = started(api, archive(files), **fields)
    run()
    assert read(api, job)["status"] == "completed"
    (row,) = rows(api, job)
    return row


def test_one_bad_image_of_three_does_not_refuse_the_user(api, stage, heard):
    files = {
        "ada/1.jpg": stage.frame("ada"),
        "ada/2.jpg": stage.frame("ada", quality=quality(sharpness=0.1)),
        "ada/3.jpg": stage.frame("ada"),
    }
    row = the_row(api, files)
    assert (row["result"], row["reason"], row["images_used"]) == ("enrolled", "enrolled", 2)
    assert row["images"] == [
        {"file": "1.jpg", "reason": "accepted"},
        {"file": "2.jpg", "reason": "blurred"},
        {"file": "3.jpg", "reason": "accepted"},
    ]
    assert FaceTemplate.objects.get().sample_count == 2
    (ended,) = [e for e in heard if isinstance(e, SessionEnded)]
    assert (ended.status, ended.reason, ended.frames_received) == ("completed", "enrolled", 3)
    assert api.identify(stage.frame("ada"))["matched_user"] == {"user_id": "ada"}


def test_the_last_image_may_be_the_bad_one(api, stage):
    row = the_row(api, {"ada/1.jpg": stage.frame("ada"), "ada/2.jpg": b"no image"})
    assert (row["result"], row["images_used"]) == ("enrolled", 1)
    assert [image["reason"] for image in row["images"]] == ["accepted", "image_unreadable"]


def test_the_policys_least_number_holds(make_api, stage):
    api = make_api(min_target_samples=2)
    files = {"ada/1.jpg": stage.frame("ada"), "ada/2.jpg": stage.frame("ada", faces=0)}
    row = the_row(api, files)
    assert (row["result"], row["reason"], row["images_used"]) == ("refused", "no_face", 0)
    assert [image["reason"] for image in row["images"]] == ["accepted", "no_face"]
    assert not FaceTemplate.objects.exists()
    assert EnrollmentSession.objects.get().reason == "frame_limit"


def test_images_of_two_people_enroll_nobody(api, stage):
    """Nothing tells whose face is the user's."""
    files = {"ada/1.jpg": stage.frame("ada"), "ada/2.jpg": stage.frame("bob")}
    row = the_row(api, files | {"ada/3.jpg": b"no image"})
    assert (row["result"], row["reason"]) == ("refused", "different_person")
    assert not FaceTemplate.objects.exists()


def test_a_duplicate_is_found_among_the_good_images(api, stage):
    api.enroll(stage, "ada")
    files = {"twin/1.jpg": stage.frame("ada"), "twin/2.jpg": b"no image"}
    assert imported(api, archive(files)) == {"twin": ("duplicate", "duplicate_face")}


def test_a_suspicion_drops_the_images_before_it(make_api, stage):
    from faceplatform.engine import testing as fake

    api = make_api(liveness="passive", live_frames_after_spoof=2)
    spoof = stage.frame("ada", liveness=fake.SPOOF)
    one = {"ada/1.jpg": stage.frame("ada"), "ada/2.jpg": spoof, "ada/3.jpg": stage.frame("ada")}
    assert imported(api, archive(one)) == {"ada": ("refused", "spoof_suspected")}
    other = stage.frame("bob", liveness=fake.SPOOF)
    two = {f"bob/{i}.jpg": stage.frame("bob") for i in (2, 3)}
    row = the_row(api, {"bob/1.jpg": other, **two})
    assert (row["result"], FaceTemplate.objects.get().sample_count) == ("enrolled", 2)


@pytest.mark.parametrize(("bad_one", "samples"), [(2, 2), (3, 2), (None, 2)])
def test_the_limit_of_a_sessions_frames_costs_no_user(make_api, stage, bad_one, samples):
    """The last frame is not needed: refused, it would end the session without the good ones."""
    api = make_api(max_enrollment_frames=3, min_target_samples=1, target_samples=3)
    files = {
        f"ada/{i}.jpg": stage.frame("ada", faces=0 if i == bad_one else 1) for i in range(1, 6)
    }
    row = the_row(api, files)
    expected = 1 if bad_one == 2 else samples
    assert (row["result"], row["images_used"]) == ("enrolled", expected)


def test_the_last_frame_of_a_session_is_posted_if_it_is_needed(make_api, stage):
    api = make_api(max_enrollment_frames=3, min_target_samples=3)
    files = {f"ada/{i}.jpg": stage.frame("ada") for i in range(1, 5)}
    row = the_row(api, files)
    assert (row["result"], row["images_used"]) == ("enrolled", 3)
    assert [image["file"] for image in row["images"]] == ["1.jpg", "2.jpg", "3.jpg"]


def test_images_that_were_not_needed_are_not_named(api, stage):
    files = {f"ada/{i}.jpg": stage.frame("ada") for i in range(5)}
    row = the_row(api, files, target_samples=2)
    assert row["images"] == [
        {"file": "0.jpg", "reason": "accepted"},
        {"file": "1.jpg", "reason": "accepted"},
    ]


def test_names_and_their_number_are_bounded(api, stage):
    huge = b"\0" * (10 * 2**20 + 1)
    files = {"ada/" + "x" * 300 + ".jpg": huge, "ada/y\N{ZERO WIDTH SPACE}.jpg": b"no image"}
    row = the_row(api, files)
    assert [len(image["file"]) for image in row["images"]] == [150, 6]
    assert row["images"][1]["file"] == "y\N{REPLACEMENT CHARACTER}.jpg"
    many = {f"bob/{i:03}.jpg": b"no image" for i in range(NAMED_IMAGES + 5)}
    job = started(api, archive(many))
    run()
    (row,) = rows(api, job)
    assert len(row["images"]) < NAMED_IMAGES  # the session took 60 frames
    assert len(ImportItem.objects.get(user_id="bob").files) == NAMED_IMAGES


def test_another_process_goes_on_with_the_same_images(api, stage):
    files = {f"ada/{i}.jpg": stage.frame("ada", faces=1 if i else 0) for i in range(3)}
    job = started(api, archive(files))
    left = iter([False, True])
    running.run(running.Turn(is_stopped=lambda: next(left)))
    (row,) = rows(api, job)
    assert row["result"] is None
    assert row["images"] == [{"file": "0.jpg", "reason": "no_face"}]
    run()
    (row,) = rows(api, job)
    assert [image["reason"] for image in row["images"]] == ["no_face", "accepted", "accepted"]


def test_lines_of_a_csv_file_are_named(api):
    text = b'user_id,metadata\nada,\n\nbob,"{""a"":\n1}"\nbob,\n'
    job = started(api, text)
    run()
    found = [(row["user_id"], row["line"], row["reason"], row["images"]) for row in rows(api, job)]
    assert found == [
        ("ada", 2, "created", []),
        ("bob", 5, "created", []),
        ("bob", 6, "user_id_repeated", []),
    ]


def test_an_archive_has_no_lines(api, stage):
    assert the_row(api, {"ada.jpg": stage.frame("ada")})["line"] is None


def test_the_names_of_images_go_with_their_user(api, stage):
    job = started(api, archive({"ada/Ada Lovelace.jpg": stage.frame("ada")}))
    run()
    erase_subject(Subject.objects.get())
    (row,) = rows(api, job)
    assert (row["user_id"], row["images"]) == (None, [])
    assert "Lovelace" not in str(ImportItem.objects.values())


def test_a_table_of_users_still_starts(api):
    assert imported(api, table(("ada",))) == {"ada": ("created", "created")}
