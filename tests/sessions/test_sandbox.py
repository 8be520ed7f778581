"""Sandbox clients: the API of every client, with outcomes that its caller writes."""

import jwt
import pytest
from django.core.management import call_command

from clients.models import Client
from enrollment.models import FaceTemplate
from faceplatform import metrics
from faceplatform.engine import registry
from faceplatform.engine.sandbox import MODEL, OUTGROWN_MODEL, WORDS
from faceplatform.engine.testing import FakeEngine
from faceplatform.matching.embeddings import similarity
from faceplatform.sessions.reasons import Reason
from tests.legacy.caller import Caller, told
from tests.legacy.conftest import bind  # noqa: F401
from tests.sessions.challenged import Clock
from tests.stage import CALIBRATION, Api, noise, problem
from tests.webhooks.receiving import bodies, subscribe

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_net_runs(settings):
    """Fail a test in which the engine of live clients measures anything."""
    settings.FACEPLATFORM_CALIBRATION_DIR = CALIBRATION

    def measure(frame, wants):
        raise AssertionError("a net ran for a sandbox")

    registry.set_engine(FakeEngine(measure, has_liveness=False))


@pytest.fixture
def sandbox(make_api):
    """Return a factory of sandbox clients with this policy."""

    def make(name: str = "sandbox", **policy) -> Api:
        return make_api(name, is_sandbox=True, **policy)

    return make


@pytest.fixture
def time(monkeypatch):
    return Clock(monkeypatch)


_numbers = iter(range(10**6))


def photo(*notes: str) -> bytes:
    """Return a new picture with these notes after its end."""
    return noise(next(_numbers)) + "".join(f"faceplatform:{note};" for note in notes).encode()


def enroll(api: Api, user_id: str, *notes: str) -> dict:
    token = api.enrollment_token(user_id, target_samples=2)
    for _ in range(2):
        answer = api.post_frame(token, photo(*notes))
    return answer.json()


def verify(api: Api, user_id: str | None, *notes: str, **fields) -> dict:
    """Post frames to an authentication until it ends; return the last answer."""
    token = api.authentication_token(user_id, **fields)
    answer: dict = {"session_status": "active", "result": None}
    for _ in range(40):
        answer = api.post_frame(token, photo(*notes)).json()
        if answer["session_status"] not in {"active", "processing"}:
            return answer
    raise AssertionError(answer)


def test_any_picture_enrolls_and_verifies_the_user_it_is_posted_for(sandbox):
    api = sandbox()
    for user_id in ("ada", "bob"):
        assert enroll(api, user_id)["enrollment_complete"]
    answer = verify(api, "ada")
    assert (answer["result"], answer["similarity_score"]) == ("success", 1.0)
    assert {template.model_key for template in FaceTemplate.objects.all()} == {MODEL.key}


# The reason of the first frame, by the note of its picture.
OF_FRAMES = {
    "accepted": "matched",
    "matched": "matched",
    "no_match": "undecided",
    "different_person": "undecided",
    **{
        word: word
        for word in (
            *("no_face", "multiple_faces", "face_unclear", "face_cut_off", "face_too_small"),
            *("face_turned", "picture_turned", "too_dark", "too_bright", "low_contrast", "blurred"),
            *("eyes_covered", "eyes_closed", "mouth_open", "spoof_suspected", "liveness_unclear"),
            "more_room",
        )
    },
    "liveness_failed": "spoof_suspected",
}


@pytest.mark.parametrize(("word", "reason"), OF_FRAMES.items())
def test_a_note_in_the_picture_makes_the_reason(sandbox, word, reason):
    api = sandbox(liveness="passive")
    enroll(api, "ada")
    answer = api.post_frame(api.authentication_token("ada"), photo(word)).json()
    assert answer["reason"] == reason


@pytest.mark.parametrize(
    ("user_id", "reason"),
    [
        ("sandbox-matched", "matched"),
        ("sandbox-matched-2", "matched"),
        ("sandbox-no_match", "no_match"),
        ("sandbox-liveness_failed", "liveness_failed"),
        ("sandbox-spoof_suspected-again", "liveness_failed"),
        ("sandbox-blurred", "frame_limit"),
        ("not-sandbox-blurred", "matched"),
    ],
)
def test_a_user_id_makes_the_outcome_of_every_authentication(sandbox, user_id, reason):
    api = sandbox(liveness="passive", max_authentication_frames=10)
    assert enroll(api, user_id)["enrollment_complete"]
    for _ in range(2):
        assert verify(api, user_id)["reason"] == reason


def test_user_ids_make_enrollments_fail(sandbox):
    api = sandbox(liveness="passive", max_enrollment_frames=4)
    token = api.enrollment_token("sandbox-enroll-liveness_failed")
    answers = [api.post_frame(token, photo()).json() for _ in range(3)]
    assert [answer["reason"] for answer in answers] == ["spoof_suspected"] * 2 + ["liveness_failed"]
    assert enroll(api, "sandbox-matched")["enrollment_complete"]
    token = api.enrollment_token("sandbox-enroll-duplicate_face", target_samples=1)
    problem(api.post_frame(token, photo()), 409, "duplicate_face")


def test_an_identification_finds_the_known_user_or_the_person_of_the_note(sandbox):
    api = sandbox()
    assert verify(api, None)["reason"] == "no_match"
    enroll(api, "sandbox-matched")
    enroll(api, "jürgen@acme")
    assert verify(api, None)["matched_user"]["user_id"] == "sandbox-matched"
    answer = verify(api, None, "person=jürgen@acme")
    assert answer["matched_user"]["user_id"] == "jürgen@acme"
    assert verify(api, None, "person=nobody")["reason"] == "no_match"


def test_a_note_goes_before_the_user_id_and_a_person_before_the_user(sandbox):
    api = sandbox()
    enroll(api, "sandbox-blurred")
    assert verify(api, "sandbox-blurred", "accepted")["reason"] == "matched"
    assert verify(api, "sandbox-blurred", "person=bob", "accepted")["reason"] == "no_match"
    assert enroll(api, "eve", "person=sandbox-blurred")["code"] == "duplicate_face"


def test_frames_of_two_people_are_told_apart_in_one_session(sandbox):
    api = sandbox()
    token = api.enrollment_token("ada")
    assert api.post_frame(token, photo()).json()["reason"] == "accepted"
    assert api.post_frame(token, photo("different_person")).json()["reason"] == "different_person"


def test_the_same_bytes_are_the_same_frame(sandbox):
    api = sandbox()
    token, data = api.enrollment_token("ada"), photo()
    assert api.post_frame(token, data).json()["reason"] == "accepted"
    assert api.post_frame(token, data).json()["reason"] == "frame_repeated"
    assert api.post_frame(token, data + b"\n").json()["reason"] == "accepted"


def test_a_camera_that_follows_no_instruction_passes_a_challenge(sandbox, time):
    api = sandbox(camera_liveness="challenge", challenge_steps=3)
    token = api.enrollment_token("ada", session_type="webcam")
    for _ in range(60):
        time.now += 1
        answer = api.post_frame(token, photo()).json()
        if answer["session_status"] != "processing":
            break
    assert answer["enrollment_complete"] is answer["liveness_verified"] is True


@pytest.mark.parametrize(
    ("word", "reasons"),
    [
        ("gesture_wrong", {"gesture_awaited", "gesture_wrong", "liveness_failed"}),
        ("liveness_failed", {"gesture_awaited", "gesture_wrong", "liveness_failed"}),
        ("gesture_awaited", {"gesture_awaited", "gesture_late", "liveness_failed"}),
        ("flat_motion", {"gesture_awaited", "gesture_seen", "flat_motion", "liveness_failed"}),
        (
            "motion_unclear",
            {"gesture_awaited", "gesture_seen", "motion_unclear", "liveness_failed"},
        ),
    ],
)
def test_a_user_id_fails_a_challenge(sandbox, time, word, reasons):
    api = sandbox(camera_liveness="challenge", max_challenge_frames=400)
    user_id = f"sandbox-enroll-{word}"
    token, seen = api.enrollment_token(user_id, session_type="webcam"), set()
    for _ in range(200):
        time.now += 1
        answer = api.post_frame(token, photo()).json()
        seen.add(answer["reason"])
        if answer["session_status"] == "failed":
            break
    assert seen == reasons


def test_a_gesture_can_be_early_and_a_picture_can_show_one(sandbox, time):
    api = sandbox(camera_liveness="challenge", challenge_steps=1, challenge_max_faults=5)
    token = api.enrollment_token("ada", session_type="webcam")

    def post(*notes: str, after: float = 1.0) -> dict:
        time.now += after
        return api.post_frame(token, photo(*notes)).json()

    answer = post()
    while answer["challenge"]["code"] == "look_straight":
        answer = post()
    assert post("gesture_early", after=0.01)["reason"] == "gesture_early"
    answer = post("accepted")
    assert post(answer["challenge"]["code"])["reason"] == "gesture_seen"


def test_a_face_that_never_moves_is_told_from_a_living_one(sandbox, time):
    api = sandbox(liveness="passive")
    token, seen = api.enrollment_token("sandbox-enroll-face_still", target_samples=10), set()
    for _ in range(8):
        time.now += 1
        seen.add(api.post_frame(token, photo()).json()["reason"])
    assert "face_still" in seen


def test_a_user_of_an_outgrown_model_must_enroll_again(sandbox):
    api = sandbox()
    assert enroll(api, "sandbox-reenrollment_required")["enrollment_complete"]
    problem(api.open_authentication("sandbox-reenrollment_required"), 409, "reenrollment_required")
    assert FaceTemplate.objects.get().model_key == OUTGROWN_MODEL.key
    assert verify(api, None)["reason"] == "gallery_incomplete"
    listed = api.http.get("/api/auth/enrollments/").json()["results"]
    assert [each["reenrollment_required"] for each in listed] == [True]


@pytest.mark.parametrize("code", ["engine_busy", "engine_unavailable"])
def test_the_engine_can_be_unable_to_measure(sandbox, code):
    api = sandbox()
    token = api.enrollment_token("ada", target_samples=1)
    answer = api.post_frame(token, photo(code))
    problem(answer, 503, code)
    if code == "engine_busy":
        assert answer["Retry-After"] == "1"
    assert api.post_frame(token, photo()).json()["reason"] == "enrolled"


def test_an_unknown_word_is_told_and_never_passed_over(sandbox):
    api = sandbox()
    told = problem(
        api.post_frame(api.enrollment_token("ada"), photo("blured")), 400, "sandbox_note_unknown"
    )
    assert "blured" in told["detail"]
    assert "blurred" in told["detail"]
    token = api.enrollment_token("sandbox-blured")
    problem(api.post_frame(token, photo()), 400, "sandbox_note_unknown")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"faceplatform:accepted;", "image_unreadable"),
        (noise(1)[:-200] + b"faceplatform:accepted;", "image_truncated"),
    ],
)
def test_pictures_are_decoded_as_everywhere(sandbox, data, code):
    api = sandbox()
    problem(api.post_frame(api.enrollment_token("ada"), data), 400, code)


def test_users_are_locked_out_as_everywhere(sandbox):
    api = sandbox(probe_frames=1)
    enroll(api, "ada")
    for _ in range(20):
        if (opened := api.open_authentication("ada")).status_code != 201:
            break
        api.post_frame(opened.json()["session_token"], photo("no_match"))
    assert opened.json()["code"] in {"verification_delayed", "user_locked"}


def test_every_word_is_a_reason_or_an_error_of_the_engine():
    assert set(WORDS) - {*Reason.values, "", "engine_busy", "engine_unavailable"} == set()


def test_faces_are_the_same_in_every_process(sandbox):
    """Else a template of one web process would match in no other."""
    api = sandbox()
    enroll(api, "ada")
    enroll(api, "bob")
    ada, bob = (template.unseal() for template in FaceTemplate.objects.order_by("pk"))
    ada_elsewhere = -0.0563
    assert float(ada[0]) == pytest.approx(ada_elsewhere, abs=0.03)
    assert similarity(ada, bob) < 0.3


# --- Nothing mixes ----------------------------------------------------------------------------


def test_a_live_client_reads_no_note_and_no_magic_user_id(make_api, stage):
    live = make_api("live")
    data = stage.frame("ada") + b"faceplatform:no_face;"
    stage.show(data, person="ada")
    token = live.enrollment_token("sandbox-enroll-no_face", target_samples=1)
    assert live.post_frame(token, data).json()["reason"] == "enrolled"


def test_a_live_gallery_holds_no_template_of_a_sandbox(sandbox, make_api, stage):
    """Not even if a row were moved from one client to another."""
    api, live = sandbox(), make_api("live")
    enroll(api, "sandbox-matched")
    template = FaceTemplate.objects.get()
    live.open_enrollment("eve")
    eve = live.client.subjects.get()
    FaceTemplate.objects.filter(pk=template.pk).update(client=live.client, subject=eve)
    assert live.identify(stage.frame("sandbox-matched"))["matched_user"] is None
    problem(live.open_authentication("eve"), 409, "reenrollment_required")


def test_a_token_of_one_opens_nothing_of_the_other(sandbox, make_api, stage):
    api, live = sandbox(), make_api("live")
    problem(live.post_frame(api.enrollment_token("ada"), photo()), 404, "session_not_found")
    problem(api.post_frame(live.enrollment_token("ada"), photo()), 404, "session_not_found")


def test_commands_on_templates_leave_a_sandbox_alone(sandbox, capsys):
    api = sandbox(keep_images=True)
    enroll(api, "ada")
    call_command("reembed")
    with pytest.raises(Exception, match="No template was made with"):
        call_command("retire_model", str(MODEL.key), "--no-input")
    assert FaceTemplate.objects.get().model_key == MODEL.key


def test_a_client_stays_what_it_is(sandbox, api):
    for client in (sandbox().client, api.client):
        client.is_sandbox = not client.is_sandbox
        with pytest.raises(ValueError, match="stays what it is"):
            client.save()
    path = f"/api/clients/clients/{api.client.public_id}/"
    changed = api.http.patch(path, {"sandbox": True}, format="json")
    assert changed.status_code == 400
    assert not Client.objects.get(pk=api.client.pk).is_sandbox


# --- Nobody takes it for real -----------------------------------------------------------------


def test_keys_info_and_configuration_say_that_it_is_a_sandbox(sandbox, api):
    scripted = sandbox()
    assert scripted.issued.credential.api_key.startswith("fpk_sandbox_")
    assert scripted.issued.api_secret.startswith("fps_sandbox_")
    assert "sandbox" not in api.issued.credential.api_key
    for caller, is_sandbox in ((scripted, True), (api, False)):
        assert caller.http.get("/api/core/info/").json()["client"]["sandbox"] is is_sandbox
        for path in ("/api/core/config/", "/api/core/status/"):
            body = caller.http.get(path).json()
            assert (body["recognition"]["name"] == "sandbox") is is_sandbox
            assert (body["engine"] == "sandbox") is is_sandbox


def test_a_signed_result_and_webhooks_say_so(sandbox):
    api = sandbox()
    endpoint = subscribe(api.client, "*")
    enroll(api, "ada")
    token = api.authentication_token("ada")
    api.post_frame(token, photo())
    exchanged = api.http.post("/api/core/auth/user/", {"session_token": token}, format="json")
    claims = jwt.decode(
        exchanged.json()["result_token"], options={"verify_signature": False}, algorithms=["EdDSA"]
    )
    assert (claims["sandbox"], claims["model"]["name"]) == (True, "sandbox")
    told = bodies(endpoint)
    assert "authentication.succeeded" in {body["type"] for body in told}
    assert {body["sandbox"] for body in told} == {True}


def test_webhooks_of_a_live_client_say_that_it_is_none(api):
    endpoint = subscribe(api.client, "*")
    api.open_enrollment("ada")
    assert {body["sandbox"] for body in bodies(endpoint)} == {False}


def test_metrics_count_it_apart(sandbox):
    def counted(counter) -> float:
        return sum(s.value for m in counter.collect() for s in m.samples if "total" in s.name)

    before = counted(metrics.FRAMES), counted(metrics.SANDBOX_FRAMES)
    enroll(sandbox(), "ada")
    assert (counted(metrics.FRAMES), counted(metrics.SANDBOX_FRAMES)) == (before[0], before[1] + 2)


# --- Older APIs, imports and creation ---------------------------------------------------------


def test_older_apis_can_be_bound_to_a_sandbox(sandbox, bind):  # noqa: F811
    bind(sandbox(probe_frames=1).client)

    def call(do: str, part: str, *notes: str):
        path = f"POST /api/{do}?username=ada"
        return told(Caller().call(path, files={part: photo(*notes)}))

    assert call("enroll", "cin_file", "no_face")["EnrollStatus"] == "REJECTED"
    assert call("enroll", "cin_file")["EnrollStatus"] == "APPROVED"
    assert call("authentificate", "auth_video")["Decision"] == "APPROVED"
    assert call("authentificate", "auth_video", "no_match")["Decision"] == "REJECTED"


def test_the_command_creates_a_sandbox(db, capsys):
    call_command("create_client", "play", "--sandbox")
    assert Client.objects.get().is_sandbox
    assert "fpk_sandbox_" in capsys.readouterr().out
