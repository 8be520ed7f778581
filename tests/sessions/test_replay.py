"""A frame that one session of the client used is refused by others, where the policy asks."""

from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from PIL import Image

from clients.services import find_subject
from clients.users.erasure import erase_subject
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.testing import SPOOF, UNCLEAR
from faceplatform.events import published
from faceplatform.sessions.models import SeenBand, SeenFrame
from faceplatform.sessions.tasks import expire_sessions
from tests.stage import problem, quality

pytestmark = pytest.mark.django_db
POLICIES = [{"liveness": "passive"}, {"replayed_frame": "refuse"}]


@pytest.fixture
def api(make_api):
    return make_api(liveness="passive")


def enroll(api, user_id: str, data: bytes) -> dict:
    token = api.enrollment_token(user_id, target_samples=1)
    answer = api.post_frame(token, data).json()
    assert answer["reason"] == "enrolled"
    return answer


def refused(answer: dict) -> None:
    assert (answer["reason"], answer["frame_accepted"]) == ("frame_repeated", False)
    assert answer["samples_collected"] == 0
    # Moving the head is no help while the same image is sent.
    assert "taken now" in answer["advice"]


def encoded(data: bytes, kind: str, *, size: int | None = None, **options) -> bytes:
    buffer, image = BytesIO(), Image.open(BytesIO(data))
    (image.resize((size, size)) if size else image).save(buffer, kind, **options)
    return buffer.getvalue()


# Refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
def test_the_enrollments_own_image_verifies_nobody(make_api, stage, policy):
    api, data = make_api(**policy), stage.frame("alice")
    enroll(api, "alice", data)
    for _ in range(5):
        answer = api.verify(data)
        refused(answer)
        assert answer["result"] is answer["similarity_score"] is answer["matched_user"] is None
        assert not answer["liveness_verified"]
    refused(api.identify(data))
    assert api.verify(stage.frame("alice"))["result"] == "success"


def test_an_image_of_a_session_without_liveness_verifies_nobody_at_a_camera(make_api, stage):
    api = make_api("off", camera_liveness="passive")
    enrolled, verified = stage.frame("alice"), stage.frame("alice")
    enroll(api, "alice", enrolled)
    for _ in range(2):  # stored images may be tried again
        assert api.verify(verified)["result"] == "success"
    for data in (enrolled, verified):
        token = api.authentication_token("alice", session_type="webcam")
        refused(api.post_frame(token, data).json())
    token = api.authentication_token("alice", session_type="webcam")
    assert api.post_frame(token, stage.frame("alice")).json()["result"] == "success"


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 60}),
        ("WEBP", {"quality": 70}),
        ("BMP", {}),
        ("PNG", {"size": 96}),
        ("JPEG", {"quality": 80, "size": 300}),
    ],
)
def test_nor_does_it_saved_again_or_resized(api, stage, kind, options):
    data = stage.frame("alice")
    enroll(api, "alice", data)
    again = encoded(data, kind, **options)
    assert again != data
    stage.show(again, person="alice", sample=99)
    refused(api.verify(again))


def test_a_frame_that_verified_does_so_once(api, stage):
    enroll(api, "alice", stage.frame("alice"))
    data = stage.frame("alice")
    assert api.verify(data)["result"] == "success"
    refused(api.verify(data))
    refused(api.identify(data))
    refused(api.post_frame(api.enrollment_token("alice"), data).json())


@pytest.mark.parametrize("first", ["no_match", "undecided", "cancelled", "duplicate"])
def test_nor_one_of_a_session_without_success(make_api, stage, first):
    api = make_api(liveness="passive", probe_frames=1 if first == "no_match" else 3)
    enroll(api, "alice", stage.frame("alice"))
    data = stage.frame("alice" if first == "duplicate" else "bob")
    if first == "duplicate":
        token = api.enrollment_token("bob", target_samples=1)
        problem(api.post_frame(token, data), 409, "duplicate_face")
    else:
        token = api.authentication_token("alice")
        assert api.post_frame(token, data).json()["frame_accepted"] is True
    if first == "cancelled":
        api.cancel(token)
    refused(api.identify(data))


def test_whoever_the_session_is_about(api, stage):
    enroll(api, "alice", stage.frame("alice"))
    enroll(api, "bob", stage.frame("bob"))
    data = stage.frame("alice")
    assert api.verify(data, "alice")["result"] == "success"
    refused(api.verify(data, "bob"))


def test_a_suspicion_frees_no_frame_that_it_dropped(api, stage):
    enroll(api, "alice", stage.frame("alice"))
    token, data = api.enrollment_token("alice"), stage.frame("alice")
    api.post_frame(token, data)
    api.post_frame(token, stage.frame("alice", liveness=SPOOF))
    refused(api.post_frame(token, data).json())


def test_repeated_frames_reach_the_frame_limit(make_api, stage):
    api = make_api(liveness="passive", max_authentication_frames=2)
    data = stage.frame("alice")
    enroll(api, "alice", data)
    token = api.authentication_token("alice")
    answers = [api.post_frame(token, data).json() for _ in range(2)]
    assert [answer["reason"] for answer in answers] == ["frame_repeated", "frame_limit"]
    assert answers[-1]["result"] == "failure"


# Not refused --------------------------------------------------------------------------------


def test_without_liveness_an_image_may_be_tried_again(make_api, stage):
    api, data = make_api("off"), stage.frame("alice")
    enroll(api, "alice", data)
    for _ in range(2):
        assert api.verify(data)["result"] == "success"
    assert not SeenFrame.objects.exists()


def test_another_clients_frames_are_not_known(api, make_api, stage):
    data = stage.frame("alice")
    enroll(api, "alice", data)
    another = make_api("another", liveness="passive")
    enroll(another, "alice", data)
    refused(another.verify(data))


@pytest.mark.parametrize(
    "shown", [{"quality": quality(sharpness=0.0)}, {"liveness": UNCLEAR}, {"faces": 2}]
)
def test_a_frame_that_was_refused_was_not_used(api, stage, shown):
    enroll(api, "alice", stage.frame("alice"))
    data = stage.frame("alice", **shown)
    assert api.verify(data)["frame_accepted"] is False
    stage.show(data, person="alice", sample=99)
    assert api.verify(data)["result"] == "success"


def test_a_frame_sent_again_with_its_key_is_answered_again(api, stage):
    token, data = api.enrollment_token("alice", target_samples=1), stage.frame("alice")
    api.also_send(HTTP_IDEMPOTENCY_KEY="f1")
    first, again = api.post_frame(token, data), api.post_frame(token, data)
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"


def test_a_decision_that_was_undone_used_no_frame(api, stage):
    token, data = api.enrollment_token("alice", target_samples=1), stage.frame("alice")

    def fail(event, **_):
        raise RuntimeError

    published.connect(fail)
    try:
        assert api.post_frame(token, data).status_code == 500
    finally:
        published.disconnect(fail)
    assert not SeenFrame.objects.exists()
    assert api.post_frame(token, data).json()["reason"] == "enrolled"


# For how long, and how many -----------------------------------------------------------------


def pass_days(days: float) -> None:
    for frame in SeenFrame.objects.all():
        frame.expires_at -= timedelta(days=days)
        frame.save(update_fields=["expires_at"])


def test_for_as_long_as_the_policy_says(make_api, stage):
    api, data = make_api(liveness="passive", replay_days=7), stage.frame("alice")
    enroll(api, "alice", data)
    pass_days(6.9)
    refused(api.verify(data))
    pass_days(0.2)
    assert api.verify(data)["result"] == "success"


def test_what_has_expired_goes_with_the_sessions(api, stage):
    enroll(api, "alice", stage.frame("alice"))
    pass_days(31)
    expire_sessions()
    assert not SeenFrame.objects.exists()
    assert not SeenBand.objects.exists()


def remembered(api) -> int:
    return SeenFrame.objects.filter(client=api.client).count()


def test_of_more_than_the_operator_allows_the_oldest_go(api, make_api, stage, settings):
    settings.FACEPLATFORM_REPLAY_FRAMES = 3
    another = make_api("another", liveness="passive")
    enroll(another, "alice", stage.frame("alice"))
    enroll(api, "alice", stage.frame("alice"))
    frames = [stage.frame("alice") for _ in range(5)]
    for data in frames:
        assert api.verify(data)["result"] == "success"
    expire_sessions()
    token = api.authentication_token("alice")
    assert (remembered(api), remembered(another)) == (3, 1)
    assert api.post_frame(token, frames[0]).json()["result"] == "success"
    refused(api.verify(frames[-1]))


def test_the_sweep_forgets_them_too_and_says_so(api, stage, settings, caplog):
    for _ in range(3):
        api.post_frame(api.enrollment_token("alice"), stage.frame("alice"))
    settings.FACEPLATFORM_REPLAY_FRAMES = 1
    out = StringIO()
    call_command("expire_sessions", stdout=out)
    assert "2 seen frames forgotten" in out.getvalue()
    assert (
        "2 seen frames forgotten before their time: see FACEPLATFORM_REPLAY_FRAMES" in caplog.text
    )
    assert remembered(api) == 1


@pytest.mark.parametrize("kind", ["enrollment", "verification", "identification"])
def test_a_user_that_is_erased_takes_its_frames_along(api, stage, kind):
    enroll(api, "alice", stage.frame("alice"))
    SeenFrame.objects.all().delete()
    if kind == "enrollment":
        enroll(api, "alice", stage.frame("alice"))
    else:
        user = "alice" if kind == "verification" else None
        api.post_frame(api.authentication_token(user), stage.frame("alice"))
    assert remembered(api) == 1
    erase_subject(find_subject(api.client, "alice"))
    assert not SeenFrame.objects.exists()
    assert not SeenBand.objects.exists()


# A database without its keys -----------------------------------------------------------------


def test_no_fingerprint_is_in_the_clear(api, stage):
    data = stage.frame("alice")
    enroll(api, "alice", data)
    fingerprint = decode(data).fingerprint
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM capture_sessions_seenframe")
        (row,) = cursor.fetchall()
    (sealed,) = (bytes(value) for value in row if isinstance(value, bytes))
    assert fingerprint not in sealed
    assert len(sealed) == 12 + len(fingerprint) + 16


def test_frames_are_known_again_by_a_key(api, make_api, stage, settings):
    """Equal parts have other numbers for another client, and with another key."""
    data = stage.frame("alice")
    enroll(api, "alice", data)
    enroll(make_api("another", liveness="passive"), "alice", data)
    assert len(set(SeenBand.objects.values_list("token", flat=True))) == 32
    settings.FACEPLATFORM_REPLAY_KEY = "another key"
    assert api.verify(data)["result"] == "success"


def test_what_cannot_be_compared_is_not_accepted(api, stage):
    data = stage.frame("alice")
    enroll(api, "alice", data)
    SeenFrame.objects.update(key_id="gone")
    token = api.authentication_token("alice")
    problem(api.post_frame(token, data), 503, "decryption_failed")
    assert api.session(token).json()["result"] is None
