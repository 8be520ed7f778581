"""Two deployments with different recognition models share a database: each matches its own."""

from io import StringIO

import pytest
from django.core.management import call_command

from clients.models import Subject
from enrollment import gallery
from enrollment.models import FaceTemplate
from tests.enrollment.two_models import A, B, image
from tests.stage import problem

pytestmark = pytest.mark.django_db
ALICE, BOB, STRANGER = 1, 2, 3


def enroll(api, user_id: str, person: int, *, first: int = 1):
    opened = api.open_enrollment(user_id, target_samples=2).json()
    for sample in (first, first + 1):
        answer = api.post_frame(opened["session_token"], image(person, sample))
    assert answer.json()["enrollment_complete"], answer.json()
    return opened["enrollment_id"]


@pytest.fixture
def enrolled(api, deployments):
    """Alice by the deployment of model A, Bob by that of model B."""
    enroll(api, "alice", ALICE)
    deployments.be(deployments.b)
    enroll(api, "bob", BOB)
    return api


def test_each_matches_its_own(enrolled, deployments):
    for engine, user, person in ((deployments.a, "alice", ALICE), (deployments.b, "bob", BOB)):
        deployments.be(engine)
        assert enrolled.verify(image(person, 9), user)["result"] == "success"
        assert enrolled.identify(image(person, 9))["matched_user"] == {"user_id": user}


def test_a_user_of_the_other_model_must_enroll_again(enrolled, deployments):
    problem(enrolled.open_authentication("alice"), 409, "reenrollment_required")
    deployments.be(deployments.a)
    problem(enrolled.open_authentication("bob"), 409, "reenrollment_required")


def test_a_user_without_any_template_is_not_enrolled(enrolled):
    enrolled.open_enrollment("carol")
    problem(enrolled.open_authentication("carol"), 409, "user_not_enrolled")


def fail_to_identify(api, person: int):
    token = api.authentication_token()
    for sample in range(11, 14):
        answer = api.post_frame(token, image(person, sample)).json()
    assert (answer["result"], answer["matched_user"]) == ("failure", None)
    return answer["reason"]


def test_a_search_that_misses_users_says_so(enrolled, deployments):
    """Model B does not find Alice, nor A Bob; neither is taken for a stranger."""
    assert fail_to_identify(enrolled, ALICE) == "gallery_incomplete"
    deployments.be(deployments.a)
    assert fail_to_identify(enrolled, BOB) == "gallery_incomplete"
    deployments.be(deployments.b)
    enroll(enrolled, "alice", ALICE, first=5)
    assert fail_to_identify(enrolled, STRANGER) == "no_match"
    deployments.be(deployments.a)  # where both are missed now
    assert fail_to_identify(enrolled, ALICE) == "gallery_incomplete"


def test_users_who_are_switched_off_are_not_missed(enrolled):
    Subject.objects.filter(user_id="alice").update(is_active=False)
    assert fail_to_identify(enrolled, ALICE) == "no_match"


def test_nor_are_those_of_another_client(enrolled, deployments, make_api):
    """The other client has users of both models, each of them known to either."""
    other = make_api("globex", keep_images=True)
    deployments.be(deployments.a)
    enroll(other, "dave", STRANGER)
    deployments.be(deployments.b)
    call_command("reembed", client="globex", stdout=StringIO())
    assert fail_to_identify(other, ALICE) == "no_match"


def test_a_group_misses_its_own_members_only(enrolled):
    subject = FaceTemplate.objects.get(model_name=A.name).subject
    group = enrolled.client.subject_groups.create(name="staff")
    asked = {"client_pk": enrolled.client.pk, "model": B, "group_pk": group.pk}
    assert not gallery.is_incomplete(**asked)
    group.subjects.add(subject)
    assert gallery.is_incomplete(**asked)


def test_enrolling_again_ends_the_old_face_in_both(enrolled, deployments):
    deployments.be(deployments.a)
    token = enrolled.authentication_token("alice")
    deployments.be(deployments.b)
    enroll(enrolled, "alice", STRANGER)
    assert enrolled.verify(image(STRANGER, 9), "alice")["result"] == "success"
    deployments.be(deployments.a)
    # Also in a session that was open already.
    answer = enrolled.post_frame(token, image(ALICE, 9)).json()
    assert (answer["result"], answer["reason"]) == ("failure", "reenrollment_required")
    problem(enrolled.open_authentication("alice"), 409, "reenrollment_required")
    assert fail_to_identify(enrolled, ALICE) == "gallery_incomplete"


def test_a_session_of_the_other_deployment_is_refused(enrolled, deployments):
    token = enrolled.authentication_token("bob")
    deployments.be(deployments.a)
    problem(enrolled.post_frame(token, image(BOB, 9)), 409, "session_model_changed")


def test_an_enrollment_says_of_which_model_it_is(enrolled, deployments):
    def shown():
        rows = enrolled.http.get("/api/auth/enrollments/").json()["results"]
        return {
            row["user_id"]: (row["template"]["model_name"], row["reenrollment_required"])
            for row in rows
        }

    assert shown() == {"alice": (A.name, True), "bob": (B.name, False)}
    deployments.be(deployments.a)
    assert shown() == {"alice": (A.name, False), "bob": (B.name, True)}


def test_duplicates_are_looked_for_within_the_model(enrolled, deployments):
    """As docs/security.md says: faces that only the other model knows are not seen."""
    enroll(enrolled, "alice-again", ALICE, first=7)
    opened = enrolled.open_enrollment("bob-again", target_samples=1).json()
    refused = enrolled.post_frame(opened["session_token"], image(BOB, 8))
    problem(refused, 409, "duplicate_face")
