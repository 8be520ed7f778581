"""The admin's pages of sessions: columns, the timeline of frames, filters, kept images."""

import json
import re
from base64 import b64encode

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEntry
from authentication.models import AuthenticationSession
from enrollment.models import EnrollmentImage, EnrollmentSession, FaceTemplate
from faceplatform.sessions import session_admin
from faceplatform.sessions.reasons import FRAME_REASONS
from tests.stage import quality
from tests.system.test_admin_pages import cells
from tests.system.test_admin_rights import address, database

pytestmark = pytest.mark.django_db


def timeline(browser: Browser, session) -> list[list[str]]:
    """Return the cells of each row of a session's timeline."""
    page = browser.get(address(type(session), f"{session.pk}/change/")).content.decode()
    body = page.split('class="timeline"')[1].split("<tbody>")[1].split("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [
        [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<t[dh].*?</t[dh]>", row)]
        for row in rows
    ]


def test_the_list_of_enrollments(admin_client, api, stage):
    api.enroll(stage, frames=1)
    token = api.enrollment_token("bob")
    api.post_frame(token, stage.frame("bob", faces=0))
    api.cancel(token)
    EnrollmentSession.objects.filter(reason="enrolled").update(
        capture_type="webcam", spoof_frames=1
    )
    page = admin_client.get(address(EnrollmentSession))
    assert cells(page, "outcome") == ["cancelled", "succeeded"]
    assert cells(page, "reason") == ["cancelled", "enrolled"]
    assert cells(page, "frames") == ["1, 0 accepted", "1, 1 accepted, 1 suspected"]
    assert cells(page, "origin") == ["api, by api", "webcam, by api"]
    assert all(re.fullmatch(r"\d+\.\d s", each) for each in cells(page, "duration"))
    assert cells(page, "duplicate") == ["none found", "none found"]


def test_the_timeline_of_an_open_and_of_an_ended_session(admin_client, make_api, stage):
    api = make_api(liveness="passive")
    token = api.enrollment_token(target_samples=2)
    api.post_frame(token, stage.frame(quality=quality(sharpness=0.0)))
    api.post_frame(token, b"no image")
    api.post_frame(token, stage.frame())
    session = EnrollmentSession.objects.get()
    assert session.is_open
    blurred, unreadable, accepted = timeline(admin_client, session)
    assert [row[2:4] for row in (blurred, unreadable, accepted)] == [
        ["refused", "blurred"],
        ["refused", "image_unreadable"],
        ["accepted", "accepted"],
    ]
    assert accepted[4:6] == ["0.930", "0.970"]
    *stages, total = map(float, accepted[6:])
    assert stages.count(1.0) >= 3  # the scripted ones
    assert total == pytest.approx(sum(stages), abs=0.11)
    assert set(unreadable[4:]) == {""}
    assert re.fullmatch(r"\d+\.\d{3}", accepted[1])
    api.post_frame(token, stage.frame())
    assert timeline(admin_client, session)[3][:1] == ["4"]
    assert timeline(admin_client, session)[3][2:4] == ["accepted", "enrolled"]


def test_a_session_without_recorded_frames(admin_client, api, stage):
    api.enrollment_token()
    session = EnrollmentSession.objects.get()
    page = address(EnrollmentSession, f"{session.pk}/change/")
    assert b"No frame has been received." in admin_client.get(page).content
    EnrollmentSession.objects.update(frames_received=3)  # before outcomes were recorded
    assert b"The outcomes of its 3 frames were not recorded" in admin_client.get(page).content


@pytest.mark.parametrize("kind", ["enrollment", "authentication"])
def test_a_page_shows_no_secret_and_no_cross(admin_client, api, stage, kind):
    api.enroll(stage)
    api.verify(stage.frame("stranger"))
    model = {"enrollment": EnrollmentSession, "authentication": AuthenticationSession}[kind]
    session = model.objects.get()
    page = admin_client.get(address(model, f"{session.pk}/change/")).content.decode()
    assert session.token_digest not in page
    assert "icon-no" not in page
    assert '<input type="submit"' not in page  # nothing to save
    assert str(session.public_id) in page


@pytest.mark.parametrize(
    ("outcome", "found"),
    [("open", 1), ("success", 1), ("failure", 2), ("given-up", 1), ("else", 5)],
)
def test_the_filter_by_outcome(admin_client, make_api, stage, outcome, found):
    api = make_api(probe_frames=1)
    api.enroll(stage)
    for person in ("alice", "stranger", "stranger"):
        api.verify(stage.frame(person))
    api.cancel(api.authentication_token())
    api.authentication_token()
    page = admin_client.get(address(AuthenticationSession), {"outcome": outcome})
    assert len(cells(page, "outcome")) == found


def test_the_filter_by_outcome_looks_at_the_newest(admin_client, api, monkeypatch):
    for _ in range(3):
        api.authentication_token()
    monkeypatch.setattr(session_admin, "_NEWEST", 2)
    page = admin_client.get(address(AuthenticationSession), {"outcome": "open"})
    assert len(cells(page, "outcome")) == 2


def test_a_list_does_not_read_the_outcomes_of_frames(admin_client, api, stage):
    api.enroll(stage)
    with CaptureQueriesContext(connection) as captured:
        admin_client.get(address(EnrollmentSession))
    assert not [query for query in captured if "frame_outcomes" in query["sql"]]


# Kept images -----------------------------------------------------------------------------


@pytest.fixture
def image(make_api, stage) -> EnrollmentImage:
    make_api(keep_images=True).enroll(stage, frames=1)
    return EnrollmentImage.objects.get()


def page_of(image: EnrollmentImage) -> str:
    return address(EnrollmentSession, f"{image.session_id}/images/{image.pk}/")


def looks() -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(object_type="enrollment.enrollmentimage"))


def officer(*roles: str) -> Browser:
    account = User.objects.create_user("eve", password="a password for tests", is_staff=True)
    account.groups.set(Group.objects.filter(name__in=roles))
    browser = Browser()
    browser.force_login(account)
    return browser


def test_each_look_at_an_image_is_recorded(image):
    browser = officer("security-officer")
    session = browser.get(address(EnrollmentSession, f"{image.session_id}/change/"))
    shown = b64encode(image.unseal_column("data"))
    assert page_of(image).encode() in session.content
    assert shown not in session.content
    assert looks() == []
    for number in (1, 2):
        assert shown in browser.post(page_of(image)).content
        assert len(looks()) == number
    entry = looks()[0]
    assert (entry.action, entry.actor_id, entry.user_id) == ("admin.viewed", "eve", "alice")
    assert entry.client_id == image.client_id
    assert entry.object_id == str(image.session.public_id)
    assert json.loads(entry.facts) == {"kept_at": image.created_at.isoformat()}


def test_an_image_is_shown_by_a_click_only(image):
    assert officer("security-officer").get(page_of(image)).status_code == 405
    assert looks() == []


def test_a_look_that_cannot_be_recorded_shows_nothing(image, monkeypatch):
    from audit import staff

    def fail(*_):
        raise ZeroDivisionError

    browser = officer("security-officer")
    browser.raise_request_exception = False
    monkeypatch.setattr(staff, "record", fail)
    answer = browser.post(page_of(image))
    assert answer.status_code == 500
    assert b64encode(image.unseal_column("data")) not in answer.content


@pytest.mark.parametrize("roles", [(), ("viewer",), ("operator",)])
def test_other_roles_see_no_image(image, roles):
    browser, before = officer(*roles), database()
    assert browser.post(page_of(image)).status_code == 403
    session = browser.get(address(EnrollmentSession, f"{image.session_id}/change/"))
    assert page_of(image).encode() not in session.content
    assert database() == before
    assert looks() == []


def test_the_permission_for_images_alone_shows_none(image):
    browser = officer()
    User.objects.get().user_permissions.add(Permission.objects.get(codename="view_enrollmentimage"))
    assert browser.post(page_of(image)).status_code == 403


@pytest.mark.parametrize("change", ["session", "image"])
def test_an_image_of_another_session_is_not_found(image, stage, make_api, change):
    make_api("globex", keep_images=True).enroll(stage, frames=1)
    other = EnrollmentImage.objects.exclude(pk=image.pk).get()
    pair = {"session": (other.session_id, image.pk), "image": (image.session_id, 10**9)}[change]
    page = address(EnrollmentSession, "{}/images/{}/".format(*pair))
    assert officer("security-officer").post(page).status_code == 404
    assert looks() == []


def test_an_image_sealed_with_a_lost_key(image):
    EnrollmentImage.objects.update(key_id="lost")
    answer = officer("security-officer").post(page_of(image), follow=True)
    assert b"cannot be read with the configured keys" in answer.content
    assert looks() == []


# Filters ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "own", "foreign"),
    [
        (EnrollmentSession, {"enrolled", "duplicate_face"}, {"matched", "user_locked"}),
        (AuthenticationSession, {"matched", "user_locked"}, {"enrolled", "superseded"}),
    ],
)
def test_the_reasons_to_filter_by_are_ends_of_that_kind(admin_client, api, model, own, foreign):
    page = admin_client.get(address(model)).content.decode()
    offered = set(re.findall(r'href="\?reason=(\w+)"', page))
    assert offered >= own | {"cancelled", "expired", "liveness_failed", "frame_limit"}
    assert not offered & (foreign | set(FRAME_REASONS))


@pytest.mark.parametrize("field", ["quality", "similarity"])
def test_numbers_have_three_digits(admin_client, api, stage, field):
    api.enroll(stage)
    api.verify(stage.frame())
    FaceTemplate.objects.update(quality=0.123456789)
    AuthenticationSession.objects.update(similarity_score=0.987654321)
    template, user = FaceTemplate.objects.get(), api.client.subjects.get()
    shown = "0.123" if field == "quality" else "0.988"
    pages = [address(type(user), f"{user.pk}/change/")]
    if field == "quality":
        pages += [address(FaceTemplate), address(FaceTemplate, f"{template.pk}/change/")]
    for place in pages:
        page = admin_client.get(place).content.decode()
        assert shown in page
        assert not re.search(r"0\.\d{7}", page), place


@pytest.mark.parametrize("kind", ["enrollment", "authentication"])
def test_an_open_session_has_no_words_for_what_is_not_yet(admin_client, api, kind):
    """Django's pages write None for a method that returns None."""
    token = {"enrollment": api.enrollment_token, "authentication": api.authentication_token}[kind]
    token()
    model = {"enrollment": EnrollmentSession, "authentication": AuthenticationSession}[kind]
    page = admin_client.get(address(model, f"{model.objects.get().pk}/change/")).content.decode()
    assert "None" not in page.split('id="content"')[1]
