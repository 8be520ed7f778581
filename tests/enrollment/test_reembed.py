"""manage.py reembed: users whose images were kept need not enroll again."""

import csv
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from clients.models import Subject
from clients.users.erasure import erase_subject
from enrollment import gallery, reembedding
from enrollment.models import EnrollmentImage, EnrollmentSession, FaceTemplate, GalleryChange
from enrollment.services import enrolled_since
from faceplatform.errors import EngineBusy, EngineError
from tests.enrollment.two_models import UNSEEN, A, B, image

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(make_api):
    return make_api("keeper", keep_images=True)


def enroll(api, user_id: str, people: list[int], *, first: int = 1) -> str:
    opened = api.open_enrollment(user_id, target_samples=len(people)).json()
    for sample, person in enumerate(people, first):
        answer = api.post_frame(opened["session_token"], image(person, sample))
    assert answer.json()["enrollment_complete"], answer.json()
    return str(opened["enrollment_id"])


@pytest.fixture
def enrolled(keeper, deployments):
    """Three users of model A, with their images; this process now runs model B."""
    for person in range(3):
        enroll(keeper, f"user-{person}", [person] * 3)
    deployments.be(deployments.b)
    return keeper


def reembed(*options: str) -> dict[str, int]:
    """Run the command; return the counts that it prints."""
    out = StringIO()
    call_command("reembed", *options, stdout=out)
    rows = (line.rsplit(maxsplit=1) for line in out.getvalue().splitlines())
    return {what: int(count) for what, count in rows if count.isdigit()}


def templates(model):
    return FaceTemplate.objects.filter(model_name=model.name)


def test_both_models_match_afterwards(enrolled, deployments):
    assert reembed() == {
        "already there": 0,
        "re-embedded": 3,
        "done or removed meanwhile": 0,
        "failed": 0,
        "no images kept": 0,
    }
    for engine in (deployments.b, deployments.a):
        deployments.be(engine)
        for person in range(3):
            user = f"user-{person}"
            assert enrolled.verify(image(person, 9), user)["result"] == "success"
            assert enrolled.verify(image(person, 9), "user-1")["result"] == (
                "success" if person == 1 else None
            )
            assert enrolled.identify(image(person, 9))["matched_user"] == {"user_id": user}


def test_a_template_is_what_enrolling_with_these_images_makes(enrolled, deployments):
    reembed()
    old, new = (templates(model).get(subject__user_id="user-1") for model in (A, B))
    assert (new.sample_count, new.liveness_verified) == (old.sample_count, old.liveness_verified)
    assert (new.quality, new.enrollment) == (pytest.approx(old.quality), old.enrollment)
    enroll(enrolled, "user-1", [1] * 3)  # the same images, by model B itself
    again = templates(B).get(subject__user_id="user-1")
    # Not equal: encoding them again changes their fingerprints, by which samples differ.
    assert again.unseal() @ new.unseal() > 0.97


def test_a_gallery_that_is_loaded_already_hears_of_it(enrolled):
    assert enrolled.identify(image(0, 9))["result"] is None
    reembed()
    assert enrolled.identify(image(0, 9))["matched_user"] == {"user_id": "user-0"}


def test_an_enrollment_shows_the_template_of_the_model_in_use(enrolled, deployments):
    enrollment_id = EnrollmentSession.objects.get(subject__user_id="user-1").public_id
    assert enrolled.enrollment(enrollment_id).json()["reenrollment_required"] is True
    reembed()
    for engine in (deployments.a, deployments.b):
        deployments.be(engine)
        shown = enrolled.enrollment(enrollment_id).json()
        assert shown["template"]["model_name"] == engine.model.name
        assert shown["reenrollment_required"] is False


def test_running_it_again_does_nothing(enrolled, deployments):
    reembed()
    before = set(FaceTemplate.objects.values_list("pk", "vector"))
    changes, frames = GalleryChange.objects.count(), len(deployments.b.calls)
    assert reembed()["already there"] == 3
    assert set(FaceTemplate.objects.values_list("pk", "vector")) == before
    assert (GalleryChange.objects.count(), len(deployments.b.calls)) == (changes, frames)


def test_a_dry_run_changes_nothing(enrolled, deployments):
    enroll_without_images(enrolled)
    assert reembed("--dry-run") == {"already there": 0, "to re-embed": 2, "no images kept": 1}
    assert not templates(B).exists()
    assert not deployments.b.calls


def enroll_without_images(api):
    """Leave user-0's enrollment as if the policy kept no images."""
    EnrollmentImage.objects.filter(session__subject__user_id="user-0").delete()


def test_without_images_a_user_must_enroll_again(enrolled, tmp_path):
    enroll_without_images(enrolled)
    report = tmp_path / "report.csv"
    counts = reembed("--report", str(report))
    assert (counts["re-embedded"], counts["no images kept"]) == (2, 1)
    imageless = EnrollmentSession.objects.get(subject__user_id="user-0").public_id
    assert list(csv.reader(report.open(newline=""))) == [
        ["enrollment_id", "reason"],
        [str(imageless), "no_images"],
    ]
    assert enrolled.open_authentication("user-0").json()["code"] == "reenrollment_required"


def test_one_client_alone(enrolled, make_api, deployments):
    deployments.be(deployments.a)
    enroll(make_api("another", keep_images=True), "dave", [5])
    deployments.be(deployments.b)
    assert reembed("--client", "another")["re-embedded"] == 1
    assert reembed("--client", str(enrolled.client.public_id))["re-embedded"] == 3
    with pytest.raises(CommandError, match="no client 'nobody'"):
        reembed("--client", "nobody")


def failing(tmp_path) -> list[str]:
    """Return the reasons of the failures."""
    report = tmp_path / "report.csv"
    with pytest.raises(CommandError, match="must enroll again"):
        reembed("--report", str(report))
    return [reason for _, reason in list(csv.reader(report.open(newline="")))[1:]]


def test_an_image_that_no_longer_passes(enrolled, deployments, tmp_path):
    deployments.be(deployments.a)
    enroll(enrolled, "unseen", [UNSEEN] * 3)
    deployments.be(deployments.b)
    assert failing(tmp_path) == ["no_face"]
    assert templates(B).count() == 3
    # It is tried again, as a later version may see the face.
    assert failing(tmp_path) == ["no_face"]


def test_images_that_the_new_model_takes_for_two_people(enrolled, deployments, tmp_path):
    deployments.be(deployments.a)
    deployments.a.sees_as = {8: 7}
    enroll(enrolled, "pair", [7, 8])
    deployments.be(deployments.b)
    assert failing(tmp_path) == ["different_person"]
    assert not templates(B).filter(subject__user_id="pair").exists()


def test_a_face_that_was_enrolled_under_another_user_since(enrolled, tmp_path):
    """Re-embedding closes the gap that two models leave open."""
    enroll(enrolled, "user-0-again", [0] * 3, first=5)
    assert failing(tmp_path) == ["duplicate_face"]
    assert not templates(B).filter(subject__user_id="user-0").exists()


def test_whose_other_user_is_switched_off(enrolled, tmp_path):
    enroll(enrolled, "user-0-again", [0] * 3, first=5)
    Subject.objects.filter(user_id="user-0-again").update(is_active=False)
    assert failing(tmp_path) == ["duplicate_face"]


def test_duplicates_are_looked_for_while_nobody_else_writes(enrolled, monkeypatch):
    done: list[str] = []
    for name in ("lock", "search_everyone"):
        step = getattr(gallery, name)
        monkeypatch.setattr(
            gallery,
            name,
            lambda *args, name=name, step=step, **kw: done.append(name) or step(*args, **kw),
        )
    reembed()
    searches = [at for at, name in enumerate(done) if name == "search_everyone"]
    assert len(searches) == 3
    assert all(done[at - 1] == "lock" for at in searches)
    assert done[0] == "lock"


def test_where_the_policy_flags_it_both_stay(make_api, deployments):
    api = make_api("lenient", keep_images=True, duplicate_face="flag")
    enrollment_id = enroll(api, "alice", [1] * 2)
    deployments.be(deployments.b)
    enroll(api, "alice-again", [1] * 2, first=5)
    assert reembed()["re-embedded"] == 1
    assert api.enrollment(enrollment_id).json()["duplicate_suspected"] is True


# Changes during a run -----------------------------------------------------------------------


@pytest.fixture
def one(keeper, deployments):
    """One user of model A; this process runs model B."""
    enroll(keeper, "user", [1])
    deployments.be(deployments.b)
    return keeper


def once(deployments, work):
    """Do the work while model B measures its first frame."""

    def meanwhile():
        deployments.b.meanwhile = lambda: None
        work()

    deployments.b.meanwhile = meanwhile


def test_another_run_was_first(one, deployments):
    once(deployments, lambda: list(reembedding.reembed(None)))
    assert reembed()["done or removed meanwhile"] == 1
    assert templates(B).count() == 1


def test_the_user_enrolled_again(one, deployments):
    once(deployments, lambda: enroll(one, "user", [2], first=5))
    assert reembed()["done or removed meanwhile"] == 1
    assert one.verify(image(2, 9), "user")["result"] == "success"
    assert one.verify(image(1, 9), "user")["result"] is None
    assert FaceTemplate.objects.count() == 1


def test_the_user_was_erased(one, deployments):
    once(deployments, lambda: erase_subject(Subject.objects.get(user_id="user")))
    assert reembed()["done or removed meanwhile"] == 1
    assert not FaceTemplate.objects.exists()


def test_the_enrollment_was_removed(one, deployments):
    enrollment_id = EnrollmentSession.objects.get().public_id
    once(deployments, lambda: one.remove(enrollment_id))
    assert reembed()["done or removed meanwhile"] == 1
    assert not FaceTemplate.objects.exists()


def test_a_busy_engine_is_waited_for(one, deployments, monkeypatch):
    waited: list[float] = []
    monkeypatch.setattr(reembedding, "sleep", waited.append)

    def busy():
        if len(waited) < 2:
            raise EngineBusy

    deployments.b.meanwhile = busy
    assert reembed()["re-embedded"] == 1
    assert len(waited) == 2


def test_an_engine_that_cannot_answer_ends_the_run(enrolled, deployments):
    def gone():
        if templates(B).exists():
            raise EngineError("The workers do not answer")

    deployments.b.meanwhile = gone
    with pytest.raises(CommandError, match=r"do not answer\. 1 were re-embedded; run it again"):
        reembed()
    deployments.b.meanwhile = lambda: None
    counts = reembed()
    assert (counts["already there"], counts["re-embedded"]) == (1, 2)


def test_an_image_that_does_not_open_ends_the_run(one):
    """The operator must supply a missing key: no user is sent to enroll again for it."""
    EnrollmentImage.objects.update(key_id="lost")
    with pytest.raises(CommandError, match="lost"):
        reembed()


# Removing -----------------------------------------------------------------------------------


def test_removing_an_enrollment_removes_it_in_both(enrolled, deployments):
    reembed()
    enrollment = EnrollmentSession.objects.get(subject__user_id="user-1")
    assert enrolled.remove(enrollment.public_id).status_code == 204
    for engine in (deployments.a, deployments.b):
        deployments.be(engine)
        assert enrolled.open_authentication("user-1").json()["code"] == "user_not_enrolled"
        assert enrolled.identify(image(1, 9))["matched_user"] is None


def test_erasing_a_user_erases_both(enrolled):
    reembed()
    erase_subject(Subject.objects.get(user_id="user-1"))
    assert FaceTemplate.objects.count() == 4


def test_enrolling_again_replaces_both(enrolled):
    reembed()
    enroll(enrolled, "user-1", [1] * 3, first=5)
    assert [t.model_name for t in FaceTemplate.objects.filter(subject__user_id="user-1")] == [
        B.name
    ]


def test_a_user_is_enrolled_since_the_enrollment(enrolled):
    before = timezone.now()
    reembed()
    assert all(at < before for at in enrolled_since(enrolled.client).values())
