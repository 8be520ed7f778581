"""A one-shot call is a session like any other: limits, checks, events; and it is over."""

from io import BytesIO

import pytest
from PIL import Image

from authentication.models import AuthenticationSession, ProbeSample
from clients.models import Subject
from enrollment.models import EnrollmentSample, EnrollmentSession, FaceTemplate
from faceplatform import events
from faceplatform.engine import registry
from faceplatform.engine import testing as fake
from faceplatform.errors import EngineBusy
from tests.authentication.vectors import at_cosine
from tests.legacy.caller import Caller, told
from tests.stage import Stage, noise, quality

pytestmark = pytest.mark.django_db


def enroll(old, username: str, image: bytes):
    return told(old.call(f"POST /api/enroll?username={username}", files={"cin_file": image}))


def authentificate(old, username: str, image: bytes):
    do = f"POST /api/authentificate?username={username}"
    return told(old.call(do, files={"auth_video": image}))


def ended(heard) -> list[tuple[str, str, str]]:
    return [
        (event.kind, event.status, event.reason)
        for event in heard
        if isinstance(event, events.SessionEnded)
    ]


def test_everybody_hears_of_it(old, stage: Stage, heard):
    enroll(old, "ada", stage.frame("ada"))
    authentificate(old, "ada", stage.frame("ada"))
    authentificate(old, "ada", stage.frame("bob"))
    authentificate(old, "ada", stage.frame(faces=0))
    enroll(old, "eve", stage.frame(faces=2))
    assert ended(heard) == [
        ("enrollment", "completed", "enrolled"),
        ("authentication", "completed", "matched"),
        ("authentication", "completed", "no_match"),
        ("authentication", "completed", "frame_limit"),
        ("enrollment", "failed", "frame_limit"),
    ]


def test_nothing_stays_open_and_nothing_captured_stays(old, stage: Stage):
    enroll(old, "ada", stage.frame("ada"))
    enroll(old, "eve", b"not an image")
    enroll(old, "eve", stage.frame(quality=quality(sharpness=0.0)))
    authentificate(old, "ada", b"not an image")
    authentificate(old, "ada", stage.frame("bob"))
    assert EnrollmentSession.objects.filter(finished_at=None).count() == 0
    assert AuthenticationSession.objects.filter(finished_at=None).count() == 0
    assert EnrollmentSample.objects.count() == ProbeSample.objects.count() == 0
    assert FaceTemplate.objects.get().sample_count == 1


def test_an_avif_is_an_image_and_no_video(old, stage: Stage):
    buffer = BytesIO()
    Image.new("RGB", (128, 128), "red").save(buffer, "AVIF")
    stage.show(buffer.getvalue(), person="ada")
    assert enroll(old, "ada", buffer.getvalue())["EnrollStatus"] == "APPROVED"


def test_bytes_that_are_no_image_cancel_its_session(old, stage: Stage, heard):
    assert enroll(old, "eve", b"not an image")["DecisionReason"] == "IMAGE_UNREADABLE"
    assert ended(heard) == [("enrollment", "cancelled", "cancelled")]
    assert EnrollmentSession.objects.get().frames_received == 1


def test_an_image_of_poor_quality_is_refused_with_its_reason(old, stage: Stage):
    answer = enroll(old, "ada", stage.frame(quality=quality(sharpness=0.0)))
    assert answer["DecisionReason"] == "BLURRED"


def test_the_clients_policy_holds(make_api, bind, stage: Stage):
    bind(make_api(duplicate_face="allow", max_enrollment_frames=1, min_target_samples=3).client)
    old = Caller()
    assert enroll(old, "ada", stage.frame("ada"))["EnrollStatus"] == "APPROVED"
    assert enroll(old, "twin", stage.frame("ada"))["EnrollStatus"] == "APPROVED"
    # A limit of one frame does not hide what is wrong with that frame.
    assert enroll(old, "eve", stage.frame(faces=0))["DecisionReason"] == "NO_FACE"


@pytest.mark.parametrize(
    ("policy", "cosine", "decision"),
    [
        ({}, 0.71, "AUTHENTIFICATION_SUCCESS"),
        ({}, 0.69, "NO_MATCH"),
        ({"false_match_rate": 1e-4}, 0.79, "NO_MATCH"),
        ({"false_match_rate": 1e-4}, 0.81, "AUTHENTIFICATION_SUCCESS"),
    ],
)
def test_the_rate_is_1_in_1000_unless_the_client_has_one(
    make_api, bind, stage: Stage, policy, cosine, decision
):
    bind(make_api(**policy).client)
    old = Caller()
    enroll(old, "ada", stage.frame(embedding=at_cosine(1.0)))
    answer = authentificate(old, "ada", stage.frame(embedding=at_cosine(cosine)))
    assert answer["DecisionReason"] == decision


def test_a_rate_that_the_client_chose_itself_holds(api, bind, stage: Stage):
    api.client.own_policy = {"false_match_rate": 1e-4}
    api.client.save(update_fields=["own_policy"])
    bind(api.client)
    old = Caller()
    enroll(old, "ada", stage.frame(embedding=at_cosine(1.0)))
    answer = authentificate(old, "ada", stage.frame(embedding=at_cosine(0.79)))
    assert answer["DecisionReason"] == "NO_MATCH"


def test_liveness_that_cannot_run_is_never_waived(make_api, bind, stage: Stage):
    bind(make_api(liveness="passive").client)
    registry.set_engine(fake.FakeEngine(has_liveness=False))
    answer = Caller().call("POST /api/enroll?username=ada", files={"cin_file": stage.frame("ada")})
    assert (answer.status_code, told(answer)["DecisionReason"]) == (503, "LIVENESS_UNAVAILABLE")


def test_a_full_queue_is_told_in_the_dialects_words_and_writes_no_line(old, stage: Stage, caplog):
    def full():
        raise EngineBusy(retry_after=1)

    stage.meanwhile = full
    answer = old.call(
        "POST /api/register/",
        files={"image": noise(1)},
        headers={"username": "ada", "galleryname": "paris"},
    )
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    words = "Trop d'images attendent en ce moment. Réessayez."
    assert told(answer) == {"status": False, "message": words}
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_user_that_is_switched_off(old, stage: Stage):
    enroll(old, "ada", stage.frame("ada"))
    Subject.objects.update(is_active=False)
    assert authentificate(old, "ada", stage.frame("ada"))["DecisionReason"] == "USER_INACTIVE"
    assert enroll(old, "ada", stage.frame("ada"))["DecisionReason"] == "DUPLICATE_USERNAME"
    verified = old.call("POST /verify/", form={"id": "ada"}, files={"image": stage.frame("ada")})
    assert told(verified) == {"error": "Invalid User", "verified": False}


def test_reset_erases_users_with_all_they_have(api, old, stage: Stage, heard):
    api.enroll(stage, "main")
    enroll(old, "ada", stage.frame("ada"))
    token = api.enrollment_token("open")
    assert told(old.call("POST /api/reset")) == {"code": 200, "msg": "DONE"}
    assert Subject.objects.count() == FaceTemplate.objects.count() == 0
    assert EnrollmentSession.objects.count() == 0
    assert api.post_frame(token, stage.frame()).status_code == 404
    assert api.identify(stage.frame("ada"))["matched_user"] is None
    erased = [event.user_id for event in heard if isinstance(event, events.UserErased)]
    assert erased == ["ada", "main", "open"]


def test_of_two_registrations_at_once_one_wins(old, stage: Stage):
    """The second call starts and ends while the first one's image is being measured."""
    answers = []

    def meanwhile():
        stage.meanwhile = lambda: None
        answers.append(enroll(old, "ada", stage.frame("bob")))

    stage.meanwhile = meanwhile
    answers.append(enroll(old, "ada", stage.frame("ada")))
    assert [answer["DecisionReason"] for answer in answers] == [
        "ENROLLED_AS_USER",
        "DUPLICATE_USERNAME",
    ]
    assert authentificate(old, "ada", stage.frame("bob"))["Decision"] == "APPROVED"


@pytest.mark.parametrize(
    ("do", "request_of", "status", "field", "words"),
    [
        (
            "POST /register/",
            {"form": {"id": "ada"}},
            409,
            "error",
            "User already exists",
        ),
        (
            "POST /api/register/",
            {"headers": {"username": "ada", "galleryname": "staff"}},
            200,
            "message",
            "ce subjet id est deja enregistre",
        ),
    ],
)
def test_and_so_in_the_other_dialects(old, stage: Stage, do, request_of, status, field, words):
    def meanwhile():
        stage.meanwhile = lambda: None
        old.call(do, files={"image": stage.frame("bob")}, **request_of)

    stage.meanwhile = meanwhile
    answer = old.call(do, files={"image": stage.frame("ada")}, **request_of)
    assert (answer.status_code, told(answer)[field]) == (status, words)


def test_a_reset_that_breaks_off_says_so(old, stage: Stage, monkeypatch):
    def fail(_):
        raise ZeroDivisionError

    monkeypatch.setattr("legacy.services.erase_subject", fail)
    enroll(old, "ada", stage.frame("ada"))
    answer = old.call("POST /api/reset")
    assert answer.status_code == 500
    assert told(answer) == {
        "code": 500,
        "msg": "ERROR_DETECTED : Something went wrong on the server",
    }


@pytest.mark.parametrize(
    ("policy", "decision"),
    [
        ({"liveness": "challenge"}, "CHALLENGE_IMPOSSIBLE"),
        ({"camera_liveness": "challenge"}, "ENROLLED_AS_USER"),
    ],
)
def test_one_image_passes_no_challenge(make_api, bind, stage, policy, decision):
    bind(make_api(**policy).client)
    answer = enroll(Caller(), "ada", stage.frame("ada"))
    assert answer["DecisionReason"] == decision
    assert EnrollmentSession.objects.count() == (decision == "ENROLLED_AS_USER")
