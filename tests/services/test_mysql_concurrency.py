"""Concurrent requests on MySQL or MariaDB, of threads and processes: each counts once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from rest_framework.test import APIClient

from authentication.models import AuthenticationSession
from clients.models import ErasureReceipt, Subject
from clients.users.erasure import erase_subject
from enrollment.models import EnrollmentSession, FaceTemplate, GalleryChange, GalleryHead
from faceplatform.sessions.models import OPEN_STATUSES
from tests.services.marks import services
from tests.services.released import at_once
from tests.stage import upload

pytestmark = [*services, pytest.mark.django_db(transaction=True)]
_ROUNDS = 8


def together(*calls: Callable[[], object]) -> list:
    """Make all calls at the same moment, each in its own thread. Return their results."""
    barrier = Barrier(len(calls), timeout=30)

    def run(call):
        barrier.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def posting(api, token: str, data: bytes) -> Callable[[], dict]:
    """Return a call that posts a frame, returns the answer's body, and fails on a server error."""

    def post() -> dict:
        http = APIClient(raise_request_exception=False)
        http.credentials(**api.http._credentials)
        body = {"session_token": token, "image": upload(data)}
        answer = http.post("/api/auth/process-image/", body, format="multipart")
        assert answer.status_code < 500, answer.content
        return answer.json()

    return post


@pytest.fixture
def in_processes(api):
    """A function that posts a frame from several processes at once: (status, body) of each."""

    def post(*tokens: str) -> list[tuple[int, dict]]:
        access = api.http._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        database = str(connection.settings_dict["NAME"])
        answers = at_once(
            "tests.services.frame_process",
            [(database, access, token, str(1000 + n)) for n, token in enumerate(tokens)],
        )
        return [(status, body) for status, body in answers]

    return post


def test_frames_of_one_session_from_three_processes(api, stage, in_processes):
    token = api.enrollment_token(target_samples=5)
    answers = in_processes(*[token] * 3)
    assert [status for status, _ in answers] == [200] * 3
    assert sorted(body["samples_collected"] for _, body in answers) == [1, 2, 3]
    session = EnrollmentSession.objects.get()
    assert (session.frames_received, session.samples_collected) == (3, 3)


def test_one_user_enrolled_by_three_processes_has_one_template(api, stage, in_processes):
    """The first enrollments of a client, which create the gallery's row at the same moment too."""
    tokens = [api.enrollment_token("alice", target_samples=1) for _ in range(3)]
    answers = in_processes(*tokens)
    reasons = [body["reason"] for _, body in answers]
    assert "enrolled" in reasons
    assert set(reasons) <= {"enrolled", "superseded"}
    completed = EnrollmentSession.objects.filter(status="completed").order_by("pk")
    assert len(completed) == reasons.count("enrolled")
    assert FaceTemplate.objects.get().enrollment == completed.last()
    assert not EnrollmentSession.objects.filter(status__in=OPEN_STATUSES).exists()
    _assert_numbered(api)
    assert api.verify(stage.frame("alice"))["result"] == "success"


@pytest.fixture
def no_lockout(settings):
    """Let identifications of nobody, of which there are many, lock no address out."""
    settings.FACEPLATFORM_LOCKOUT_FAILURES = settings.FACEPLATFORM_LOCKOUT_TOTAL = 10_000


def test_a_template_is_removed_during_authentications(api, stage, no_lockout):
    """The second one sees the effect of the first: a match, or nobody to compare with."""
    for _ in range(_ROUNDS):
        opened = api.enroll(stage, "alice", frames=1)
        tokens = [api.authentication_token("alice"), api.authentication_token()]
        verified, identified, removed = together(
            posting(api, tokens[0], stage.frame("alice")),
            posting(api, tokens[1], stage.frame("alice")),
            lambda opened=opened: api.remove(opened["enrollment_id"]).status_code,
        )
        assert removed == 204
        assert verified["reason"] in {"matched", "user_not_enrolled"}
        assert identified["reason"] in {"matched", "undecided"}
        assert not FaceTemplate.objects.exists()
        assert api.identify(stage.frame("alice"))["reason"] == "undecided"
    counted = set(AuthenticationSession.objects.values_list("frames_received", flat=True))
    assert counted == {1}
    _assert_numbered(api)


def test_a_user_is_erased_during_frames_and_openings(api, stage, no_lockout):
    """The erasure locks the user and then the sessions, frames the reverse: the database aborts one
    of them, and it is retried."""
    for _ in range(_ROUNDS):
        api.enroll(stage, "alice", frames=1)
        enrollment = api.enrollment_token("alice", target_samples=1)
        searched = api.authentication_token()
        subject = Subject.objects.get(user_id="alice")
        enrolled, identified, opened, erased = together(
            posting(api, enrollment, stage.frame("alice")),
            posting(api, searched, stage.frame("alice")),
            lambda: api.open_authentication("alice").status_code,
            lambda subject=subject: erase_subject(subject),
        )
        assert isinstance(erased, ErasureReceipt)
        assert enrolled.get("code", enrolled.get("reason")) in {"enrolled", "session_not_found"}
        assert identified["reason"] in {"matched", "undecided"}
        assert opened in {201, 404, 409}
        assert not Subject.objects.exists()
        assert not FaceTemplate.objects.exists()
        assert not EnrollmentSession.objects.exists()
    _assert_numbered(api)


def test_removing_and_replacing_a_template_at_once(api, stage):
    for _ in range(_ROUNDS):
        opened = api.enroll(stage, "alice", frames=1)
        again = api.enrollment_token("alice", target_samples=1)
        replaced, removed = together(
            posting(api, again, stage.frame("alice")),
            lambda opened=opened: api.remove(opened["enrollment_id"]).status_code,
        )
        assert (replaced["reason"], removed) == ("enrolled", 204)
        assert FaceTemplate.objects.count() == 1
    _assert_numbered(api)
    assert api.verify(stage.frame("alice"))["result"] == "success"


def _assert_numbered(api) -> None:
    """Require that the gallery's changes have all numbers up to the last one, each once."""
    changes = GalleryChange.objects.filter(client_pk=api.client.pk)
    head = GalleryHead.objects.get(client_pk=api.client.pk).sequence
    assert sorted(changes.values_list("sequence", flat=True)) == list(range(1, head + 1))
