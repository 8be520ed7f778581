"""`manage.py evaluate_production`: scores and kept pictures of a running service."""

import json
import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from analytics import consented, expectation, rolling
from analytics.models import DayHistogram, SessionFact
from audit.models import AuditEntry
from clients.models import Client, Subject
from enrollment import kept_pictures
from enrollment.models import EnrollmentImage, EnrollmentSession
from faceplatform.engine import registry
from tests.analytics.histories import START, fact, random_fact
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


def store_sessions(api, users: range, *, consent: bool = True, **values) -> None:
    """Store ten compared sessions of each user, nine that matched and one that did not, and add
    them to the totals."""
    given_at = timezone.now() - timedelta(days=1) if consent else None
    matched: dict[str, Any] = {"similarity": 0.99}
    refused = {**matched, "similarity": 0.17, "outcome": "failure", "reason": "no_match"}
    for number in users:
        Subject.objects.update_or_create(
            client=api.client, user_id=f"user-{number}", defaults={"consent_given_at": given_at}
        )
        for kind in (*[matched] * 9, refused):
            store(api, number, **kind | values)
    add_to_totals()


def add_to_totals() -> None:
    while rolling.roll_up(limit=5000):
        pass


def store(api, number: int | None, **values) -> None:
    """Store a session of a user, now, at a webcam; without a number, one that names nobody."""
    subject = None
    if number is not None:
        subject = Subject.objects.get(client=api.client, user_id=f"user-{number}")
    now = {"capture_type": "webcam", "ended_at": timezone.now()}
    fact(api.client, **{**now, "subject": subject, **values}).save()


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


def test_scores_of_consenting_users_are_compared_with_the_calibration(
    keeper, calibrated, figures, tmp_path
):
    store_sessions(keeper, range(10))
    found = figures("--client", keeper.client.name, "--html", tmp_path / "out.html")
    (series,) = found["scores"]
    assert (series["values"], series["refused_share"]) == (100, 0.1)
    assert series["expected_refused_share"] == 0.2
    assert found["left_out"] == 0
    said = run()
    assert "refused 10.00 % (expected 20.00 %)" in said
    assert "scores: users with a recorded consent; sessions are kept for 400 days" in said
    assert "left out, without a recorded consent: 0 compared sessions" in said
    page = (tmp_path / "out.html").read_text()
    assert "Sessions of users with a recorded consent, which are kept for 400 days." in page
    assert "Left out, without a recorded consent: 0 compared sessions." in page
    later = timezone.now().date() + timedelta(days=1)
    assert figures("--since", later)["scores"] is None


def test_histograms_are_not_read(keeper, calibrated, figures):
    """They add up everybody's sessions, and cannot lose those of a user."""
    store_sessions(keeper, range(10))
    DayHistogram.objects.filter(measure="similarity_accepted").update(bins={"59": 5000})
    (series,) = figures()["scores"]
    assert series["values"] == 100


def test_scores_are_those_of_the_histograms_if_everybody_consents(
    keeper, calibrated, figures, settings
):
    """The same sessions, bins and rows; days are the client's."""
    settings.FACEPLATFORM_ANALYTICS_DAYS = 3660
    Client.objects.filter(pk=keeper.client.pk).update(time_zone="Pacific/Auckland")
    dice, users = random.Random(4), list(Subject.objects.all())
    facts = [random_fact(keeper.client, users, dice) for _ in range(2000)]
    SessionFact.objects.bulk_create(each for each in facts if each.subject is not None)
    add_to_totals()
    bins = defaultdict(Counter)
    for row in DayHistogram.objects.filter(
        measure__startswith="similarity_", day__gte="2026-03-30"
    ):
        if (row.session_type, row.measure) != ("identification", "similarity_refused"):
            series = (row.session_type, row.capture_type, row.source)
            bins[series].update({int(number): count for number, count in row.bins.items()})
    found = figures("--since", "2026-03-30")["scores"]
    compared = {
        (each["session_type"], each["capture_type"], each["source"]): (
            each["values"],
            each["similarity"],
        )
        for each in found
        if not each["withheld"]
    }
    assert len(compared) > 3
    for series, figure in compared.items():
        total = bins[series]
        assert figure == (total.total(), round(expectation.mean_similarity(total), 4))


def test_sessions_without_consent_are_left_out_and_counted(keeper, calibrated, figures, tmp_path):
    store_sessions(keeper, range(10))
    store_sessions(keeper, range(20, 30), consent=False)
    store(keeper, None)
    found = figures("--html", tmp_path / "out.html")
    (series,) = found["scores"]
    assert (series["values"], found["left_out"], found["left_out_withheld"]) == (100, 101, "")
    assert "left out, without a recorded consent: 101 compared sessions" in run()
    assert "consent: 101 compared sessions." in (tmp_path / "out.html").read_text()


@pytest.mark.parametrize(
    "left",
    [
        {"consent_given_at": None},
        {"consent_given_at": datetime(2100, 1, 1, tzinfo=UTC)},
        {"expires_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
)
def test_the_end_of_a_consent_takes_the_users_sessions_out(
    keeper, calibrated, figures, tmp_path, left
):
    """Withdrawn, not given yet, or after the user's retention: their number would tell about one
    person."""
    store_sessions(keeper, range(11))
    (series,) = figures()["scores"]
    assert series["values"] == 110
    Subject.objects.filter(user_id="user-10").update(**left)
    found = figures("--html", tmp_path / "out.html")
    (series,) = found["scores"]
    assert (series["values"], found["left_out"]) == (100, None)
    assert found["left_out_withheld"] == "compared sessions of fewer than 10 people"
    said = "eft out, without a recorded consent: compared sessions of fewer than 10 people"
    assert said in run()
    assert said in (tmp_path / "out.html").read_text()


def test_sessions_that_name_nobody_are_left_out(keeper, calibrated, figures):
    store_sessions(keeper, range(10))
    store(keeper, None)
    store(keeper, None, session_type="identification")
    found = figures()
    (series,) = found["scores"]
    assert (series["values"], found["left_out"]) == (100, None)
    assert "fewer than 10 people" in found["left_out_withheld"]


def test_identifications_count_by_the_user_who_was_recognized(keeper, calibrated, figures):
    store_sessions(keeper, range(10), session_type="identification")
    store_sessions(keeper, range(20, 30), consent=False, session_type="identification")
    found = figures()
    (series,) = found["scores"]
    assert (series["session_type"], series["values"]) == ("identification", 90)
    assert found["left_out"] == 90, "refused ones are not compared"


def test_scores_of_few_consenting_people_are_withheld(keeper, calibrated, figures):
    store_sessions(keeper, range(9))
    store_sessions(keeper, range(20, 40), consent=False)
    found = figures()
    assert found["scores"] is None
    assert "fewer than 10 people with a recorded consent" in found["scores_withheld"]
    assert found["left_out"] == 200


def test_expectations_come_from_templates_of_consenting_users(keeper, calibrated, figures):
    """Only user-0 has a template."""
    store_sessions(keeper, range(11))
    assert figures()["scores"]
    Subject.objects.filter(user_id="user-0").update(consent_given_at=None)
    assert "no compared session with a template" in figures()["scores_withheld"]


def test_clients_are_not_mixed(keeper, calibrated, make_api, tmp_path):
    """A sandbox is a client like the others."""
    sandbox = make_api("sandbox", is_sandbox=True)
    store_sessions(keeper, range(10))
    store_sessions(sandbox, range(12))
    store_sessions(sandbox, range(20, 31), consent=False)
    sandbox.post_frame(sandbox.enrollment_token("user-0", target_samples=1), image(0, 0))
    run("--json", tmp_path / "out.json")
    own, scripted = json.loads((tmp_path / "out.json").read_text())["clients"]
    assert [each["values"] for each in own["scores"]] == [100]
    assert [each["values"] for each in scripted["scores"]] == [120]
    assert (own["left_out"], scripted["left_out"]) == (0, 110)


def test_pages_of_sessions_are_read_to_their_end(keeper, calibrated, figures, monkeypatch):
    """Sessions of one moment, more than a page has, and of other times."""
    now = timezone.now()
    store_sessions(keeper, range(5), ended_at=now)
    for hours in (1, 24 * 7, 24 * 80):
        store_sessions(keeper, range(5, 10), ended_at=now - timedelta(hours=hours))
    whole = figures()
    (series,) = whole["scores"]
    assert series["values"] == 4 * 50
    monkeypatch.setattr(consented, "_PAGE", 7)
    monkeypatch.setattr(consented, "_SPAN", timedelta(days=1))
    assert figures() == whole


def test_sessions_are_read_for_as_long_as_they_are_kept(keeper, calibrated, figures):
    """The policy's days, whether or not housekeeping has deleted older ones."""
    Client.objects.filter(pk=keeper.client.pk).update(policy={"analytics_days": 60})
    store_sessions(keeper, range(10))
    store_sessions(keeper, range(11), ended_at=timezone.now() - timedelta(days=59))
    store_sessions(keeper, range(12), ended_at=timezone.now() - timedelta(days=61))
    found = figures("--since", "0001-01-01")
    (series,) = found["scores"]
    assert (series["values"], found["days_kept"]) == (210, 60)


@pytest.mark.parametrize(
    "values",
    [
        {"capture_type": "mobile"},
        {"similarity": None},
        {"ended_at": START},
        {"session_type": "enrollment"},
        {"reason": "liveness_failed"},
    ],
)
def test_a_row_of_few_people_is_withheld_among_many_users(
    keeper, calibrated, figures, tmp_path, values
):
    """Its similarities would be those of nine people, whoever else had other sessions."""
    store_sessions(keeper, range(11), capture_type="mobile")
    store_sessions(keeper, range(9))
    store(keeper, 8)
    store(keeper, 10, **values)
    found = figures("--html", tmp_path / "out.html")
    series = of_webcams(found)
    assert found["scores_withheld"] == ""
    assert series.pop("withheld") == "fewer than 10 people were compared"
    assert {name: value for name, value in series.items() if value is not None} == {
        "session_type": "verification",
        "capture_type": "webcam",
        "source": "api",
    }
    assert "verification webcam api: fewer than 10 people were compared\n" in run()
    assert "fewer than 10 people were compared" in (tmp_path / "out.html").read_text()
    store(keeper, 10)
    series = of_webcams(figures())
    assert (series["withheld"], series["values"]) == ("", 92)


def of_webcams(found: dict) -> dict:
    (series,) = [each for each in found["scores"] if each["capture_type"] == "webcam"]
    return series


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
