"""`manage.py evaluate_production`: scores and kept pictures of a running service."""

import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from analytics.models import DayHistogram, UserDay
from audit.models import AuditEntry
from clients.models import Subject
from enrollment import kept_pictures
from enrollment.models import EnrollmentImage, EnrollmentSession
from faceplatform.engine import registry
from tests.analytics.histories import START, fact
from tests.enrollment.two_models import UNSEEN, A, B, TwoModelEngine, image
from tests.stage import CALIBRATION

pytestmark = pytest.mark.django_db


def run(*arguments) -> str:
    out = StringIO()
    call_command("evaluate_production", *map(str, arguments), stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def figures(tmp_path):
    """Provide a function that runs the command and returns its only client's figures."""

    def measure(*arguments) -> dict:
        run("--json", tmp_path / "out.json", *arguments)
        (client,) = json.loads((tmp_path / "out.json").read_text())["clients"]
        return client

    return measure


@pytest.fixture
def keeper(make_api, settings):
    """Provide a client with three kept pictures of each of eleven users; all have consented."""
    settings.FACEPLATFORM_CALIBRATION_DIR = CALIBRATION
    registry.set_engine(TwoModelEngine(A))
    api = make_api(keep_images=True)
    token = api.enrollment_token("user-0", target_samples=3)
    for sample in range(3):
        api.post_frame(token, image(0, sample))
    for person in (*range(1, 10), UNSEEN):
        _copy(EnrollmentSession.objects.get(subject__user_id="user-0"), person)
    Subject.objects.update(consent_given_at=timezone.now() - timedelta(days=1))
    return api


def _copy(session: EnrollmentSession, person: int) -> None:
    """Store the enrollment of another person as well, without the time of its requests."""
    session.pk, session.public_id, session.token_digest = None, uuid4(), uuid4().hex
    session.subject = Subject.objects.create(client=session.client, user_id=f"user-{person}")
    session.save(force_insert=True)
    for sample in range(3):
        kept = EnrollmentImage(session=session)
        kept.seal_columns(image(person, sample))
        kept.save(force_insert=True)


def store_sessions(api, users: int, *, compared: int | None = None, **values) -> None:
    """Store sessions of so many users, of whom the first were compared; all by default."""
    today = timezone.now().date()
    for number in range(users):
        subject = Subject.objects.get_or_create(client=api.client, user_id=f"user-{number}")[0]
        UserDay.objects.create(client=api.client, day=today, subject=subject, sessions=1)
        if compared is None or number < compared:
            kinds = {"capture_type": "webcam", "is_counted": True, "ended_at": timezone.now()}
            for similarity in (0.9, 0.2):
                similar = {"subject": subject, "similarity": similarity}
                fact(api.client, **{**kinds, **similar, **values}).save()
    for measure, bins in (("accepted", {"59": 90}), ("refused", {"10": 10})):
        DayHistogram.objects.create(
            client=api.client,
            day=today,
            session_type="verification",
            capture_type="webcam",
            source="api",
            measure=f"similarity_{measure}",
            bins=bins,
        )


def test_kept_pictures_of_consenting_users_are_measured(keeper, figures, tmp_path):
    found = figures("--html", tmp_path / "out.html")["pictures"]
    assert (found["people"], found["pictures"], found["failures"]) == (11, 33, {})
    (everybody,) = found["promises"]
    assert everybody["comparisons"] == 11 * 10 // 2 * 9
    assert everybody["genuine"] == 33
    assert [row["fnmr"]["rate"] for row in everybody["promises"]] == [0, 0, 0]
    page = (tmp_path / "out.html").read_text()
    assert "33 pictures of 11 people" in page


def test_no_user_and_no_vector_leaves(keeper, tmp_path):
    out = run("--json", tmp_path / "out.json", "--html", tmp_path / "out.html")
    for text in (out, *(path.read_text() for path in tmp_path.iterdir())):
        assert "user-" not in text
        assert "embedding" not in text


def test_pictures_of_users_without_consent_are_not_read(keeper, figures):
    Subject.objects.filter(user_id__in=["user-1", "user-2"]).update(consent_given_at=None)
    assert kept_pictures.enrollments(keeper.client).count() == 9
    found = figures()
    assert found["pictures"] is None
    assert "fewer than 10 people with a recorded consent" in found["pictures_withheld"]


def test_consent_that_is_withdrawn_meanwhile_counts(keeper, monkeypatch):
    """The list of enrollments is drawn first, and pictures are read one enrollment at a time."""

    def withdrawn(keys):
        Subject.objects.filter(user_id__in=["user-1", "user-2"]).update(consent_given_at=None)
        return iter(keys)

    with pytest.raises(kept_pictures.TooFewPeople):
        kept_pictures.error_rates(keeper.client, progress=withdrawn)


def test_retention_that_has_ended_counts(keeper):
    Subject.objects.filter(user_id="user-1").update(expires_at=timezone.now())
    assert kept_pictures.enrollments(keeper.client).count() == 10


def test_a_policy_that_keeps_none_is_named(api, stage, figures):
    api.enroll(stage)
    found = figures()
    assert found["pictures_withheld"] == "The client's policy does not keep pictures (keep_images)."


def test_pictures_without_a_face_are_counted(keeper, figures):
    registry.set_engine(TwoModelEngine(B))
    found = figures()["pictures"]
    assert (found["people"], found["pictures"], found["failures"]) == (10, 30, {"no_face": 3})


class OddEngine(TwoModelEngine):
    """Embeds everybody's face, but finds one person's no face that is surely there."""

    def _look(self, frame, wants):
        seen = super()._look(frame, wants)
        if self.person_in(frame) == UNSEEN:
            seen = replace(seen, face=replace(seen.face, presence=0.0))
        return seen


def test_pictures_that_the_gate_refuses_now_are_not_compared(keeper, figures):
    """A painting was enrolled before the net could find it odd."""
    registry.set_engine(OddEngine(A))
    found = figures()["pictures"]
    assert (found["people"], found["pictures"], found["failures"]) == (10, 30, {"face_unclear": 3})


@pytest.fixture
def calibrated(settings, tmp_path):
    """Provide a calibration that says how similar people are to themselves."""
    points = [
        {"fmr": fmr, "cosine": cosine, "fnmr": fnmr}
        for fmr, cosine, fnmr in ((1e-2, 0.6, 0.02), (1e-3, 0.7, 0.05), (1e-4, 0.8, 0.2))
    ]
    table = {"template_frames": 1, "probe_frames": 1, "points": points}
    data = {"model": "fake/1/none", "source": "a test", "tables": [table]}
    folder = tmp_path / "calibration"
    folder.mkdir()
    (folder / "fake.json").write_text(json.dumps(data))
    settings.FACEPLATFORM_CALIBRATION_DIR = folder


def test_scores_are_compared_with_the_calibration(keeper, calibrated, figures):
    store_sessions(keeper, 10)
    (series,) = figures("--client", keeper.client.name)["scores"]
    assert (series["values"], series["refused_share"]) == (100, 0.1)
    assert series["expected_refused_share"] == 0.2
    assert "refused 10.00 % (expected 20.00 %)" in run()
    later = timezone.now().date() + timedelta(days=1)
    assert figures("--since", later)["scores"] is None


def test_scores_of_few_people_are_withheld(keeper, figures):
    store_sessions(keeper, 9)
    assert "fewer than 10 people" in figures()["scores_withheld"]


@pytest.mark.parametrize(
    "values",
    [
        {"capture_type": "mobile"},
        {"similarity": None},
        {"is_counted": False},
        {"ended_at": START},
        {"session_type": "enrollment"},
    ],
)
def test_a_row_of_few_people_is_withheld_among_many_users(
    keeper, calibrated, figures, tmp_path, values
):
    """Its similarities would be those of nine people, whoever else had other sessions."""
    store_sessions(keeper, 11, compared=9)
    ninth, other = Subject.objects.get(user_id="user-8"), Subject.objects.get(user_id="user-10")
    now = {"capture_type": "webcam", "is_counted": True, "ended_at": timezone.now()}
    fact(keeper.client, **{**now, "subject": ninth}).save()
    fact(keeper.client, **{**now, "subject": other, **values}).save()
    found = figures("--html", tmp_path / "out.html")
    (series,) = found["scores"]
    assert found["scores_withheld"] == ""
    assert series.pop("withheld") == "fewer than 10 people were compared"
    assert {name: value for name, value in series.items() if value is not None} == {
        "session_type": "verification",
        "capture_type": "webcam",
        "source": "api",
    }
    assert "verification webcam api: fewer than 10 people were compared\n" in run()
    assert "fewer than 10 people were compared" in (tmp_path / "out.html").read_text()
    fact(keeper.client, **{**now, "subject": other}).save()
    (series,) = figures()["scores"]
    assert (series["withheld"], series["values"]) == ("", 100)


def test_each_run_is_in_the_operators_audit_log(keeper):
    run("--since", "2026-01-01")
    entry = AuditEntry.objects.filter(action="accuracy.evaluated").get()
    assert (entry.client_id, entry.object_id) == (None, str(keeper.client.public_id))
    assert json.loads(entry.facts) == {"since": "2026-01-01", "enrollments": 11}


def test_a_client_that_is_none():
    with pytest.raises(CommandError, match="no client 'nobody'"):
        run("--client", "nobody")


def test_a_day_that_is_none():
    with pytest.raises(CommandError, match="is no day"):
        run("--since", "yesterday")
