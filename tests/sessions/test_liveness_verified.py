"""`liveness_verified` of every kind of session, however it ends: everybody who tells it agrees.

It is true of a session that succeeded on frames that passed every check, and of no other; and no
answer says so before the session has succeeded.
"""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any

import jwt
import pytest
from django.core.management import call_command
from django.utils import timezone

from authentication.models import AuthenticationSession
from enrollment.models import EnrollmentSession
from faceplatform.engine.testing import SPOOF
from tests.analytics.test_exports import content
from tests.sessions.challenged import Camera, Clock
from tests.stage import Api, Stage, quality
from tests.webhooks.receiving import bodies, subscribe
from webhooks.models import Endpoint

pytestmark = pytest.mark.django_db

AUTHENTICATIONS = ("verification", "identification")
KINDS = ("enrollment", *AUTHENTICATIONS)
POLICY = {
    "liveness": "passive",
    "live_frames_after_spoof": 5,
    "max_enrollment_frames": 9,
    "max_authentication_frames": 9,
}
# Of a person who has a template already.
KNOWN = "alice"


@pytest.fixture
def time(monkeypatch) -> Clock:
    return Clock(monkeypatch)


@dataclass
class Script:
    """Frames of one person for a session, one second apart.

    Attributes:
        frames: the letters of `_SHOWN`.
        then: what is done after them, while the session is open.
        person: whose face it is, where it is not that of the session's user.
        kinds: the sessions that it is for.
    """

    frames: str
    reason: str
    then: Callable[[Api, str], object] = lambda *_: None
    person: str = ""
    kinds: tuple[str, ...] = KINDS

    @property
    def succeeds(self) -> bool:
        return self.reason in {"enrolled", "matched"}


_SHOWN: dict[str, dict[str, Any]] = {
    "l": {},  # live
    "h": {"sample": 1},  # live, and held still
    "s": {"liveness": SPOOF},
    "b": {"quality": quality(sharpness=0.0)},
}


def cancel(api: Api, token: str) -> None:
    assert api.cancel(token).status_code in {200, 204}


def expire(api: Api, token: str) -> None:
    for model in (EnrollmentSession, AuthenticationSession):
        model.objects.filter(finished_at=None).update(
            expires_at=timezone.now() - timedelta(seconds=1)
        )
    call_command("expire_sessions", verbosity=0)


SCRIPTS = {
    "enrolled": Script("lll", "enrolled", kinds=("enrollment",)),
    "matched": Script("l", "matched", kinds=AUTHENTICATIONS),
    "enrolled after a suspicion": Script("slllll", "enrolled", kinds=("enrollment",)),
    "matched after a suspicion": Script("slllll", "matched", kinds=AUTHENTICATIONS),
    "spoofs": Script("ssls", "liveness_failed"),
    "spoofs after most samples": Script("sslllls", "liveness_failed"),
    "still at last": Script("sshhhh", "liveness_failed"),
    "no more frames": Script("sllllbbbb", "frame_limit"),
    "cancelled": Script("sll", "cancelled", then=cancel),
    "expired": Script("sll", "expired", then=expire),
    "another's face": Script("lll", "duplicate_face", person=KNOWN, kinds=("enrollment",)),
    "a stranger": Script("lll", "no_match", person="mallory", kinds=AUTHENTICATIONS),
}
CASES = [
    pytest.param(kind, script, id=f"{kind}: {name}")
    for name, script in SCRIPTS.items()
    for kind in script.kinds
]


@pytest.mark.parametrize(("kind", "script"), CASES)
def test_it_is_true_of_a_success_and_of_nothing_else(make_api, stage, time, kind, script):
    api = make_api(**POLICY)
    api.enroll(stage, KNOWN)
    subscribe(api.client, "*")
    user = "bob" if kind == "enrollment" else KNOWN
    token = opened(api, kind, user)
    answers = []
    for letter in script.frames:
        time.now += 1
        data = stage.frame(script.person or user, **_SHOWN[letter])
        answers.append(api.post_frame(token, data).json())
    script.then(api, token)
    assert reason_of_the_last(api) == script.reason
    # The face of another user is answered by a problem document, which says nothing of liveness.
    said = [answer["liveness_verified"] for answer in answers if "liveness_verified" in answer]
    assert said[:-1] == [False] * (len(said) - 1)
    assert said[-1] is script.succeeds
    agree(api, kind, user, token, verified=script.succeeds)


def opened(api: Api, kind: str, user: str) -> str:
    if kind == "enrollment":
        return api.enrollment_token(user, target_samples=3)
    return api.authentication_token(user if kind == "verification" else None)


def newest_log(api: Api) -> dict[str, Any]:
    row: dict[str, Any] = api.http.get("/api/analytics/auth-logs/").json()["results"][0]
    return row


def reason_of_the_last(api: Api) -> str:
    return str(newest_log(api)["reason"])


def agree(api: Api, kind: str, user: str, token: str, *, verified: bool) -> None:
    """Assert what everybody else says of a session that has ended."""
    assert newest_log(api)["liveness_verified"] is verified
    exported = next(iter(csv.DictReader(StringIO(content(api)))))
    assert json.loads(exported["liveness_verified"]) is verified
    told = bodies(Endpoint.objects.get())[-1]["data"]
    assert told["liveness_verified"] is verified
    if kind == "enrollment":
        rows = api.http.get(f"/api/auth/enrollments/?user_id={user}").json()["results"]
        template = rows[0]["template"] if rows else None
        assert (template is not None and template["liveness_verified"]) is verified
        return
    assert api.session(token).json()["liveness_verified"] is verified
    session = AuthenticationSession.objects.get()
    assert session.liveness_verified is verified
    exchanged = api.http.post("/api/core/auth/user/", {"session_token": token}, format="json")
    assert (exchanged.status_code == 200) is verified
    if verified:
        result = exchanged.json()["result_token"]
        claims = jwt.decode(result, options={"verify_signature": False})
        assert claims["liveness"]["verified"] is True
        listed = api.http.get(f"/api/clients/users/{user}/authentications/").json()["results"]
        assert [each["liveness_verified"] for each in listed] == [True]


# A challenge --------------------------------------------------------------------------------


@pytest.mark.parametrize("liveness", ["challenge", "passive+challenge"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_of_a_challenge_says_so_before_the_end(
    make_api, stage: Stage, time, kind, liveness
):
    """Nor do those to the frames that an enrollment wants after the challenge."""
    api = make_api(camera_liveness=liveness)
    api.enroll(stage, KNOWN)
    opening = {"session_type": "webcam"}
    if kind == "enrollment":
        session = api.open_enrollment("bob", target_samples=10, **opening).json()
    else:
        session = api.open_authentication(KNOWN if kind == "verification" else None, **opening)
        session = session.json()
    camera = Camera(api, stage, time, session)
    person = "bob" if kind == "enrollment" else KNOWN
    answers = []
    while camera.answer.get("requires_more_frames", True):
        asked = camera.answer["challenge"]["code"] or "look_straight"
        answers.append(camera.show(asked, person=person))
    assert answers[-1]["reason"] in {"enrolled", "matched"}
    *earlier, last = [answer["liveness_verified"] for answer in answers]
    assert last is True
    assert set(earlier) == {False}
