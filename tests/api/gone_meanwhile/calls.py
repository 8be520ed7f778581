"""Deletion of a client, a user or a session during a request about it.

It is deleted before each statement of each call in turn. The answer is the expected one, or the one
that the next such call gets; never a 500.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.utils import timezone

from audit.models import AuditChain, AuditEntry
from authentication.models import AuthenticationSession
from clients import tokens
from clients.models import Client, Subject
from clients.services import get_or_create_group
from clients.users import erasure
from enrollment.models import EnrollmentSession
from faceplatform import housekeeping
from faceplatform.sessions.ending import expire_overdue
from tests.legacy.caller import Caller
from tests.stage import Api, Stage, anonymous, browser

MODELS = (EnrollmentSession, AuthenticationSession)
# The rows that outlive their client.
KEPT = (AuditEntry, AuditChain)


@dataclass
class Scene:
    """A client with an enrolled user, an open session of each kind, and an account of 004."""

    api: Api
    stage: Stage
    enrollment_id: str
    enrollment: str
    verification: str

    def key_pair(self) -> Caller:
        issued = self.api.issued
        return Caller(**{"X-API-Key": issued.credential.api_key, "X-API-Secret": issued.api_secret})


Call = Callable[[Scene], Callable[[], Any]]


def main(method: str, *args: Any, **headers: Any) -> Call:
    """Return a call of the main API with the client's token."""

    def prepared(scene: Scene) -> Callable[[], Any]:
        scene.api.also_send(**headers)
        named = [getattr(scene, arg[1:]) if str(arg).startswith("@") else arg for arg in args]
        return lambda: getattr(scene.api, method)(*named)

    return prepared


def frame(session: str, *, person: str = "alice", by_session: bool = False, **headers: Any) -> Call:
    def prepared(scene: Scene) -> Callable[[], Any]:
        token, data = getattr(scene, session), scene.stage.frame(person)
        if by_session:
            scene.api.http = browser(token)
        scene.api.also_send(**headers)
        return lambda: scene.api.post_frame(token, data)

    return prepared


def older(do: str, file: str = "", **given: Any) -> Call:
    """Return a call of an older API with the client's key and secret."""

    def prepared(scene: Scene) -> Callable[[], Any]:
        caller = scene.key_pair()
        files = {file: scene.stage.frame("alice")} if file else None
        return lambda: caller.call(do, files=files, **given)

    return prepared


def signed_in(do: str) -> Call:
    """Return a call of 004 with the cookie of an account."""

    def prepared(scene: Scene) -> Callable[[], Any]:
        caller = scene.key_pair()
        assert caller.call("POST /auth/login", json_body=LOGIN).status_code == 200
        return lambda: caller.call(do)

    return prepared


def exchange(scene: Scene):
    pair = scene.api.issued
    body = {"api_key": pair.credential.api_key, "api_secret": pair.api_secret}
    return lambda: anonymous().post("/api/core/auth/client/", body, format="json")


def refresh(scene: Scene):
    body = {"refresh": tokens.issue_tokens(scene.api.issued.credential)["refresh"]}
    return lambda: anonymous().post("/api/core/auth/token/refresh/", body, format="json")


def managed(method: str, address: str, body: dict[str, Any] | None = None) -> Call:
    """Return a call of client management."""

    def prepared(scene: Scene) -> Callable[[], Any]:
        send = getattr(scene.api.http, method)
        return lambda: send(f"/api/clients/{address}", body, format="json")

    return prepared


def of_a_group(method: str, below: str, body: dict[str, Any] | None = None) -> Call:
    """Return a call about a group with the enrolled user as its member."""

    def prepared(scene: Scene) -> Callable[[], Any]:
        group = get_or_create_group(scene.api.client, "staff")
        group.subjects.set(Subject.objects.filter(client=scene.api.client))
        return managed(method, f"groups/{group.public_id}/{below}", body)(scene)

    return prepared


def identification_in_a_group(scene: Scene) -> Callable[[], Any]:
    group = get_or_create_group(scene.api.client, "staff")
    return lambda: scene.api.open_authentication(group=str(group.public_id))


def clean_up(scene: Scene) -> Callable[[], Any]:
    """Return a round of housekeeping, which nobody asked for. What it does once a day is done."""
    housekeeping.clean_up()
    scene.api.open_enrollment("carol")

    def run() -> HttpResponse:
        housekeeping.clean_up()
        return HttpResponse()

    return run


KEY: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": "once"}
ACCOUNT = {"fullname": "Grace Hopper", "username": "hopper", "password": "compiler"}
LOGIN = {"username": "lovelace", "password": "engine"}
GALLERY = {"headers": {"username": "grace", "galleryname": "navy"}}
CALLS: dict[str, Call] = {
    "exchange": exchange,
    "refresh": refresh,
    "open enrollment": main("open_enrollment", "bob"),
    "open enrollment again": main("open_enrollment", "alice"),
    "open enrollment, key": main("open_enrollment", "bob", **KEY),
    "clean up": clean_up,
    "open verification": main("open_authentication", "alice"),
    "open identification": main("open_authentication"),
    "open identification, key": main("open_authentication", **KEY),
    "frame that enrolls": frame("enrollment"),
    "frame that enrolls, key": frame("enrollment", **KEY),
    "frame that matches": frame("verification"),
    "frame that does not": frame("verification", person="mallory"),
    "frame by the session": frame("enrollment", by_session=True),
    "status of an enrollment": main("session", "@enrollment"),
    "status of a verification": main("session", "@verification"),
    "cancel": main("cancel", "@verification"),
    "cancel, key": main("cancel", "@verification", **KEY),
    "read an enrollment": main("enrollment", "@enrollment_id"),
    "remove an enrollment": main("remove", "@enrollment_id"),
    "remove an enrollment, key": main("remove", "@enrollment_id", **KEY),
    "create a user": managed("post", "users/", {"user_id": "bob"}),
    "list users": managed("get", "users/"),
    "read a user": managed("get", "users/alice/"),
    "change a user": managed("patch", "users/alice/", {"display_name": "Ada"}),
    "activate a user": managed("post", "users/alice/activate/"),
    "deactivate a user": managed("post", "users/alice/deactivate/"),
    "a user's enrollments": managed("get", "users/alice/enrollments/"),
    "a user's authentications": managed("get", "users/alice/authentications/"),
    "erase a user": managed("delete", "users/alice/"),
    "list receipts": managed("get", "receipts/"),
    "create a group": managed("post", "groups/", {"name": "staff"}),
    "read a group": of_a_group("get", ""),
    "list members": of_a_group("get", "members/"),
    "add members": of_a_group("post", "members/", {"user_ids": ["alice"]}),
    "remove a member": of_a_group("delete", "members/alice/"),
    "delete a group": of_a_group("delete", ""),
    "open identification in a group": identification_in_a_group,
    "000 enroll": older("POST /api/enroll?username=bob", "cin_file"),
    "000 authentificate": older("POST /api/authentificate?username=alice", "auth_video"),
    "000 reset": older("POST /api/reset"),
    "001 register": older("POST /api/register/", "image", **GALLERY),
    "001 verify": older("POST /api/verify/", "image"),
    "001 remove": older("POST /api/remove/", "image", **GALLERY),
    "003 register": older("POST /register/", "image", form={"id": "bob"}),
    "003 users": older("GET /register/"),
    "003 delete": older("DELETE /register/", form={"id": "alice"}),
    "003 verify": older("POST /verify/", "image", form={"id": "alice"}),
    "004 home": signed_in("GET /home"),
    "004 register": older("POST /auth/register", json_body=ACCOUNT),
    "004 login": older("POST /auth/login", json_body=LOGIN),
    "004 logout": signed_in("DELETE /auth/logout"),
    "004 delete": signed_in("DELETE /user/delete"),
}


OF_SESSIONS = ("frame", "status", "cancel", "000 enroll", "003 verify")


def delete_the_client() -> None:
    Client.objects.all().delete()


def erase_the_user() -> None:
    for subject in Subject.objects.all():
        erasure.erase_subject(subject)


def delete_the_sessions() -> None:
    for model in MODELS:
        model.objects.all().delete()


def expire_the_sessions() -> None:
    for model in MODELS:
        model.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    expire_overdue()


@contextmanager
def before_statement(number: int | None, strike: Callable[[], None]) -> Iterator[list[int]]:
    """Strike before that statement; yield the numbers of the statements outside transactions.

    Inside a transaction, the rows it reads and writes are locked.
    """
    numbers = count()
    unheld: list[int] = []

    def execute(run, sql, *rest):
        this = next(numbers)
        if not connection.in_atomic_block:
            unheld.append(this)
            if this == number:
                strike()
        return run(sql, *rest)

    with connection.execute_wrapper(execute):
        yield unheld


# The codes for deleted objects.
GONE = {
    "authentication_failed",
    "enrollment_not_found",
    "group_not_found",
    "member_not_found",
    "session_expired",
    "session_finished",
    "session_not_found",
    "user_inactive",
    "user_not_enrolled",
    "user_not_found",
    "users_not_found",
}


def require_told(send: Callable[[], Any], answer: Any) -> None:
    """Return the code for the deleted object, or the text in an older API."""
    body = json.loads(answer.content or "null")
    if "type" in body:
        assert body["code"] in GONE, body
    elif answer.status_code >= 500:
        assert body == json.loads(send().content), body


def every_moment(scene, call: Call, strike: Callable[[], None]) -> None:
    send = call(scene())
    with before_statement(None, strike) as moments:
        asked_for = send().status_code
    assert asked_for < 400
    assert moments
    for moment in moments:
        send = call(scene())
        with before_statement(moment, strike) as seen:
            answer = send()
        assert moment in seen
        if answer.status_code != asked_for:
            require_told(send, answer)
