"""The second factor of the admin: setting it up, signing in with it, and losing it."""

import re
from base64 import b32decode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone
from django_otp.oath import TOTP

from audit import counting
from audit.models import AuditEntry, SecurityEvent
from faceplatform.api.throttles import FailureThrottle
from faceplatform.system import second_factor
from faceplatform.system.models import SecondFactor

pytestmark = pytest.mark.django_db
PASSWORD = "a password for tests"
PAGE = "/admin/second-factor/"
SIGN_IN = "/admin/login/?next=/admin/"


class Clock:
    """The product's time, which a test sets forward."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(second=0, microsecond=0)

    def forward(self, seconds: int = 30) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


@pytest.fixture(autouse=True)
def root(db):
    return User.objects.create_superuser("root", password=PASSWORD)


@pytest.fixture
def compulsory(settings):
    settings.FACEPLATFORM_ADMIN_SECOND_FACTOR = True


@pytest.fixture
def secret(root, clock):
    """Give the account an authenticator, whose last code was used a while ago."""
    browser = signed_in()
    secret = key_on(browser.get(PAGE))
    assert browser.post(PAGE, {"code": code(secret, clock)}).status_code == 302
    clock.forward(90)
    return secret


def key_on(page) -> str:
    found = re.search(r'<code id="key">([A-Z2-7]{32})</code>', page.content.decode())
    assert found, page.content.decode()
    return found[1]


def code(secret: str, clock: Clock, steps: int = 0) -> str:
    """Return what an authenticator shows at the clock's time, or steps of 30 seconds from it."""
    totp = TOTP(b32decode(secret))
    totp.time = clock.now.timestamp() + 30 * steps
    return f"{totp.token():06}"


def wrong(secret: str, clock: Clock) -> str:
    near = {code(secret, clock, steps) for steps in range(-2, 3)}
    return next(each for each in map("{:06}".format, range(6)) if each not in near)


def sign_in(code: str = "", password: str = PASSWORD, browser: Browser | None = None, **extra):
    form = {"username": "root", "password": password, "code": code}
    return (browser or Browser()).post(SIGN_IN, form, **extra)


def signed_in() -> Browser:
    browser = Browser()
    assert sign_in(browser=browser).status_code == 302
    return browser


def told() -> list[str]:
    entries = AuditEntry.objects.filter(action__startswith="staff.factor").order_by("pk")
    return [entry.action.removeprefix("staff.factor_") for entry in entries]


# Setting up ------------------------------------------------------------------------------


def test_an_account_sets_its_factor_up(root, clock):
    browser = signed_in()
    page = browser.get(PAGE)
    assert b"<svg" in page.content
    assert b"style=" not in page.content.split(b"<svg")[1].split(b"</svg>")[0]  # CSP
    secret = key_on(page)
    before = browser.cookies["sessionid"].value
    answer = browser.post(PAGE, {"code": code(secret, clock)})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert browser.get("/admin/").status_code == 200
    assert browser.cookies["sessionid"].value != before
    assert told() == ["enrolled"]
    entry = AuditEntry.objects.get(action="staff.factor_enrolled")
    assert (entry.actor_type, entry.actor_id, entry.object_id) == ("staff", "root", str(root.pk))


def test_the_key_is_sealed_and_in_no_session(secret):
    device = SecondFactor.objects.get()
    key = b32decode(secret)
    assert key not in bytes(device.key)
    assert device.secret == secret
    assert device.address.endswith(f"Faceplatform%3Aroot?secret={secret}&issuer=Faceplatform")
    kept = [session.get_decoded() for session in Session.objects.all()]
    assert kept
    assert secret not in str(kept)
    assert key.hex() not in str(kept)


def test_the_page_shows_no_key_once_it_is_set_up(secret, clock):
    browser = Browser()
    sign_in(code(secret, clock), browser=browser)
    assert secret not in browser.get(PAGE).content.decode()


def test_a_wrong_code_sets_nothing_up_and_keeps_the_key(root, clock):
    browser = signed_in()
    secret = key_on(browser.get(PAGE))
    assert key_on(browser.post(PAGE, {"code": wrong(secret, clock)})) == secret
    assert second_factor.device_of(root) is None
    clock.forward(2)
    assert browser.post(PAGE, {"code": code(secret, clock)}).status_code == 302


def test_nobody_confirms_a_key_that_another_sign_in_was_shown(root, clock):
    """A thief of the password opens the page, and waits for the owner to set up that key."""
    thief, owner = signed_in(), signed_in()
    owners = key_on(owner.get(PAGE))
    thiefs = key_on(thief.get(PAGE))
    assert thiefs != owners
    for secret in (owners, thiefs):
        assert key_on(owner.post(PAGE, {"code": code(secret, clock)})) != thiefs
        assert second_factor.device_of(root) is None


def test_another_sign_in_of_the_account_ends_when_it_is_set_up(root, clock):
    other, browser = signed_in(), signed_in()
    secret = key_on(browser.get(PAGE))
    browser.post(PAGE, {"code": code(secret, clock)})
    assert other.get("/admin/").status_code == 302
    assert "/admin/login/" in other.get(PAGE)["Location"]
    assert browser.get("/admin/").status_code == 200


@pytest.mark.parametrize("page", [PAGE, "/admin/"])
def test_strangers_are_sent_to_the_sign_in(page):
    for browser in (Browser(), Browser()):
        answer = browser.get(page)
        assert (answer.status_code, "/admin/login/" in answer["Location"]) == (302, True)
    User.objects.create_user("nobody", password=PASSWORD)
    browser = Browser()
    browser.login(username="nobody", password=PASSWORD)
    assert browser.get(page).status_code == 302
    assert not SecondFactor.objects.exists()


# Signing in ------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_of_now_signs_in(secret, clock, steps):
    browser = Browser()
    assert sign_in(code(secret, clock, steps), browser=browser).status_code == 302
    assert browser.get("/admin/").status_code == 200


def test_a_code_may_be_typed_as_it_is_shown(secret, clock):
    shown = code(secret, clock)
    assert sign_in(f" {shown[:3]} {shown[3:]}").status_code == 302


BAD = ["", "abcdef", "12345", "1234567", "٠١٢٣٤٥", "-12345", "1e5   ", "a\x00b", "9" * 5000]


@pytest.mark.parametrize("typed", BAD)
def test_what_is_no_code_signs_nobody_in(secret, typed):
    browser = Browser()
    assert sign_in(typed, browser=browser).status_code == 200
    assert browser.get("/admin/").status_code == 302


@pytest.mark.parametrize("steps", [-10, -2, 2, 10])
def test_an_expired_code_and_one_of_the_future(secret, clock, steps):
    assert sign_in(code(secret, clock, steps)).status_code == 200
    assert told() == ["enrolled", "refused"]


def test_a_code_is_good_for_one_sign_in(secret, clock):
    shown = code(secret, clock)
    assert sign_in(shown).status_code == 302
    assert sign_in(shown).status_code == 200
    clock.forward(2)
    assert sign_in(code(secret, clock, -1)).status_code == 200  # an older one neither
    clock.forward(30)
    assert sign_in(code(secret, clock)).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_sign_ins_by_one_code_one_gets_in(root, clock):
    device = second_factor.start(root)
    second_factor.confirm(root, device.pk, code(device.secret, clock))
    clock.forward(90)
    shown = code(device.secret, clock)

    def attempt(_: int) -> bool:
        try:
            return second_factor.verify(root, shown) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_the_code_that_set_it_up_is_used(root, clock):
    browser = signed_in()
    shown = code(key_on(browser.get(PAGE)), clock)
    browser.post(PAGE, {"code": shown})
    assert sign_in(shown).status_code == 200


def test_nobody_learns_that_the_password_was_right(secret, clock):
    texts = {
        re.sub(r' value="[^"]*"', "", sign_in(*attempt).content.decode())
        for attempt in [
            (wrong(secret, clock), PASSWORD),
            ("", PASSWORD),
            (code(secret, clock), "wrong"),
            ("", "wrong"),
        ]
    }
    assert len(texts) == 1


def test_a_wrong_code_is_recorded_and_counted(secret, clock):
    sign_in(wrong(secret, clock), REMOTE_ADDR="192.0.2.7")
    entry = AuditEntry.objects.get(action="staff.factor_refused")
    assert (entry.actor_type, entry.address) == ("anonymous", "192.0.2.7")
    assert '"account":"root"' in entry.facts
    counting.flush()
    assert SecurityEvent.objects.get().kind == "staff_login_failed"


def test_a_wrong_code_delays_the_next_and_each_further_one_doubles_it(secret, clock, monkeypatch):
    monkeypatch.setattr(FailureThrottle, "rate", "1000/day", raising=False)
    for delay in (1, 2, 4, 8):
        sign_in(wrong(secret, clock))
        clock.forward(delay - 1)
        assert sign_in(code(secret, clock)).status_code == 200  # not looked at
        clock.forward(1)
    assert told() == ["enrolled", *["refused"] * 4]
    assert sign_in(code(secret, clock)).status_code == 302
    assert SecondFactor.objects.get().throttling_failure_count == 0


def test_the_delay_has_an_end(secret, clock):
    """Whoever has the password locks nobody out for days."""
    SecondFactor.objects.update(
        throttling_failure_count=500, throttling_failure_timestamp=clock.now
    )
    clock.forward(3600 * 24 * 365 * 101)
    device = second_factor.verify(User.objects.get(), wrong(secret, clock))
    assert device is None
    clock.forward(1023)
    assert second_factor.verify(User.objects.get(), code(secret, clock)) is None
    clock.forward(1)
    assert second_factor.verify(User.objects.get(), code(secret, clock)) is not None


def test_after_ten_failures_no_code_is_looked_at(secret, clock, monkeypatch):
    monkeypatch.setattr(FailureThrottle, "rate", "10/day", raising=False)
    for _ in range(10):
        sign_in(wrong(secret, clock))
        clock.forward(2000)
    answer = sign_in(code(secret, clock))
    assert b"Too many failed sign-ins" in answer.content


def test_an_account_without_one_signs_in_as_before(secret):
    User.objects.create_user("plain", password=PASSWORD, is_staff=True)
    form = {"username": "plain", "password": PASSWORD}
    assert Browser().post(SIGN_IN, form).status_code == 302


def test_a_session_without_the_factor_opens_nothing(secret, root):
    browser = Browser()
    browser.force_login(root)  # the right password alone
    assert browser.get("/admin/").status_code == 302
    assert browser.get(PAGE).status_code == 302


def test_a_session_with_anothers_factor_opens_nothing(secret, root, clock):
    other = User.objects.create_superuser("other", password=PASSWORD)
    device = second_factor.start(other)
    assert second_factor.confirm(other, device.pk, code(device.secret, clock))
    browser = Browser()
    browser.force_login(root)
    session = browser.session
    session["otp_device_id"] = device.persistent_id
    session.save()
    assert browser.get("/admin/").status_code == 302


# Compulsory ------------------------------------------------------------------------------


def pages() -> list[str]:
    models = [model._meta for model in admin.site._registry]
    lists = [f"/admin/{each.app_label}/{each.model_name}/" for each in models]
    each = [f"{page}{rest}" for page in lists for rest in ("", "add/", "1/change/", "1/delete/")]
    own = ["/admin/", "/admin/password_change/", "/admin/jsi18n/", "/admin/autocomplete/"]
    return [*own, *(f"/admin/{each.app_label}/" for each in models), *each]


@pytest.mark.usefixtures("compulsory")
@pytest.mark.parametrize("role", ["", "viewer"])
def test_no_page_opens_before_a_factor_is_set_up(role, clock):
    account = User.objects.get()
    if role:
        account = User.objects.create_user("view", password=PASSWORD, is_staff=True)
        account.groups.add(Group.objects.get(name=role))
    browser = Browser()
    form = {"username": account.username, "password": PASSWORD}
    page = browser.post(SIGN_IN, form, follow=True)
    assert page.redirect_chain[-1][0] == PAGE
    for address in pages():
        for ask in (browser.get, browser.post):
            answer = ask(address)
            assert answer.status_code == 302, address
            assert answer["Location"].startswith("/admin/login/"), address
    browser.post(PAGE, {"code": code(key_on(page), clock)})
    assert browser.get("/admin/").status_code == 200


@pytest.mark.usefixtures("compulsory")
def test_the_page_that_sets_it_up_names_no_model_and_lets_one_sign_out():
    browser = signed_in()
    page = browser.get(PAGE)
    assert b"/admin/clients/" not in page.content
    assert browser.post("/admin/logout/").status_code in {200, 302}
    assert "/admin/login/" in browser.get(PAGE)["Location"]


@pytest.mark.usefixtures("compulsory")
def test_a_removed_factor_must_be_replaced(secret, clock):
    browser = Browser()
    sign_in(code(secret, clock), browser=browser)
    clock.forward()
    page = browser.post(PAGE, {"code": code(secret, clock)}, follow=True)
    assert key_on(page) != secret
    assert browser.get("/admin/").status_code == 302


# Removal ---------------------------------------------------------------------------------


def test_an_account_removes_its_factor_by_a_code(secret, clock):
    browser = Browser()
    sign_in(code(secret, clock), browser=browser)
    assert browser.post(PAGE, {"code": code(secret, clock)}).status_code == 200  # it was used
    assert SecondFactor.objects.exists()
    clock.forward()
    assert browser.post(PAGE, {"code": code(secret, clock)}).status_code == 302
    assert told() == ["enrolled", "refused", "removed"]
    assert sign_in().status_code == 302


def test_a_command_takes_a_lost_one_away(secret):
    out = StringIO()
    call_command("reset_second_factor", "root", stdout=out)
    assert "root signs in without a code" in out.getvalue()
    assert sign_in().status_code == 302
    entry = AuditEntry.objects.get(action="staff.factor_removed")
    assert (entry.actor_type, '"account":"root"' in entry.facts) == ("system", True)
    for name in ("root", "nobody"):
        with pytest.raises(CommandError):
            call_command("reset_second_factor", name)


def test_a_rotation_seals_the_keys_again(secret, settings):
    settings.FACEPLATFORM_TEMPLATE_KEYS = [
        "new:ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=",
        *settings.FACEPLATFORM_TEMPLATE_KEYS,
    ]
    call_command("rotate_template_keys", stdout=StringIO())
    device = SecondFactor.objects.get()
    assert (device.key_id, device.secret) == ("new", secret)


def test_without_the_key_of_its_seal_nobody_gets_in(secret, clock, settings):
    settings.FACEPLATFORM_TEMPLATE_KEYS = ["new:ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="]
    browser = Browser(raise_request_exception=False)
    assert sign_in(code(secret, clock), browser=browser).status_code == 503
    assert browser.get("/admin/").status_code == 302
    call_command("reset_second_factor", "root", stdout=StringIO())
    assert sign_in().status_code == 302
